// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/callbacks/csv_logger.hpp"

#include "model/callbacks/state.hpp"

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
  names_.clear();
  size_ = 0;
  file_ = std::ofstream(filename_, std::ios::app);
  if (!file_) return not_writable();
  return {};
}

Result<void> CSVLogger::on_epoch_end(std::uint64_t epoch, const Logs& logs,
                                     CallbackContext& /*context*/) {
  if (names_.empty()) DK_TRY(begin_file(logs));
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

nlohmann::json CSVLogger::state() const {
  return {{"size", size_}, {"names", names_}};
}

Result<void> CSVLogger::set_state(const nlohmann::json& state) {
  StateReader reader(state, "csv_logger");
  reader.count("size", size_);
  reader.texts("names", names_);
  DK_TRY(reader.finish());
  std::error_code error;
  const auto size = std::filesystem::file_size(filename_, error);
  if (error) return not_writable();
  if (names_.empty()) return {};
  if (size == 0) return write_header();
  if (size <= size_) return {};
  std::filesystem::resize_file(filename_, size_, error);
  if (error) return not_writable();
  return {};
}

Result<void> CSVLogger::begin_file(const Logs& logs) {
  for (const MetricValue& log : logs) names_.push_back(log.name);
  std::sort(names_.begin(), names_.end());
  std::error_code error;
  if (!append_) std::filesystem::resize_file(filename_, 0, error);
  if (error) return not_writable();
  const auto size = std::filesystem::file_size(filename_, error);
  if (error) return not_writable();
  if (size > 0) return {};
  return write_header();
}

Result<void> CSVLogger::write_header() {
  std::string header = "epoch";
  for (const std::string& name : names_) header += separator_ + name;
  return write_line(header);
}

Result<void> CSVLogger::write_line(const std::string& line) {
  file_ << line << '\n' << std::flush;
  if (!file_) return not_writable();
  std::error_code error;
  size_ = std::filesystem::file_size(filename_, error);
  if (error) return not_writable();
  return {};
}

tl::unexpected<Error> CSVLogger::not_writable() const {
  return fail(Errc::kIo, "csv_logger: {} cannot be written", filename_);
}

}  // namespace dk::model
