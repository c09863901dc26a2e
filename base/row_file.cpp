// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/row_file.hpp"

#include "base/npy.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace dk {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 16;

/// As RFC 4180 has it.
std::string csv_text(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

}  // namespace

Result<RowFile> RowFile::create(const std::filesystem::path& path,
                                std::span<const std::size_t> shape,
                                const std::vector<std::string>& columns) {
  RowFile file;
  file.path_ = path;
  file.temporary_ = path;
  file.temporary_ += ".tmp";
  file.csv_ = path.extension() == ".csv";
  file.width_ = columns.size();
  file.out_ = std::make_unique<std::ofstream>(file.temporary_, std::ios::binary | std::ios::trunc);
  if (!*file.out_) {
    return fail(Errc::kIo, "{}: cannot create: {}", file.temporary_.string(),
                std::generic_category().message(errno));
  }
  if (file.csv_) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      file.text_ += (i == 0 ? "" : ",") + csv_text(columns[i]);
    }
    file.text_ += '\n';
  } else {
    const auto start = npy_start(shape);
    file.out_->write(reinterpret_cast<const char*>(start.data()),
                     static_cast<std::streamsize>(start.size()));
  }
  return file;
}

RowFile::~RowFile() {
  if (!out_) return;
  out_.reset();
  std::error_code ignored;
  std::filesystem::remove(temporary_, ignored);
}

void RowFile::write(std::span<const float> values) {
  if (!csv_) {
    out_->write(reinterpret_cast<const char*>(values.data()),
                static_cast<std::streamsize>(values.size_bytes()));
    return;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    fmt::format_to(std::back_inserter(text_), "{}{}", values[i],
                   (i + 1) % width_ == 0 ? '\n' : ',');
  }
  if (text_.size() < kBufferBytes) return;
  out_->write(text_.data(), static_cast<std::streamsize>(text_.size()));
  text_.clear();
}

Result<void> RowFile::finish() {
  out_->write(text_.data(), static_cast<std::streamsize>(text_.size()));
  out_->close();
  if (!*out_) {
    return fail(Errc::kIo, "{}: cannot write: {}", temporary_.string(),
                std::generic_category().message(errno));
  }
  std::error_code failed;
  std::filesystem::rename(temporary_, path_, failed);
  if (failed) return fail(Errc::kIo, "{}: cannot replace: {}", path_.string(), failed.message());
  out_.reset();
  return {};
}

}  // namespace dk
