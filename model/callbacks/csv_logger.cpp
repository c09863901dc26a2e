// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/callbacks/csv_logger.hpp"

#include <algorithm>

namespace dk::model {

CSVLogger::CSVLogger(ConfigReader& config)
    : filename_(config.text("filename", "")),
      separator_(config.text("separator", ",")),
      append_(config.boolean("append", false)) {
  if (filename_.empty()) config.problem("filename is missing");
  if (separator_.size() != 1 || separator_ == "\n" || separator_ == "\"") {
    config.problem(fmt::format("separator is {}; it must be one character", show(separator_)));
  }
}

Result<void> CSVLogger::on_train_begin(CallbackContext& /*context*/) {
  std::error_code error;
  const auto size = std::filesystem::file_size(filename_, error);
  has_header_ = append_ && !error && size > 0;
  names_.clear();
  file_ = std::ofstream(filename_, append_ ? std::ios::app : std::ios::trunc);
  if (!file_) return fail(Errc::kIo, "csv_logger: {} cannot be written", filename_);
  return {};
}

Result<void> CSVLogger::on_epoch_end(std::uint64_t epoch, const Logs& logs,
                                     CallbackContext& /*context*/) {
  if (names_.empty()) {
    for (const MetricValue& log : logs) names_.push_back(log.name);
    std::sort(names_.begin(), names_.end());
    std::string header = "epoch";
    for (const std::string& name : names_) header += separator_ + name;
    if (!has_header_) DK_TRY(write_line(header));
    has_header_ = true;
  }
  std::string line = fmt::format("{}", epoch);
  for (const std::string& name : names_) {
    const auto value = find_log(logs, name);
    line += separator_ + (value ? fmt::format("{}", *value) : "NA");
  }
  return write_line(line);
}

Result<void> CSVLogger::on_train_end(CallbackContext& /*context*/) {
  file_.close();
  return {};
}

Result<void> CSVLogger::write_line(const std::string& line) {
  file_ << line << '\n' << std::flush;
  if (!file_) return fail(Errc::kIo, "csv_logger: {} cannot be written", filename_);
  return {};
}

}  // namespace dk::model
