// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace dk {

/// Rows of floats that are written as they come: a .npy array, or a .csv table with a header. The
/// file has its name when `finish` was called; until then, and after an error, there is none.
class RowFile {
 public:
  /// `shape` begins with the rows. `columns`: as many as a row has numbers, for .csv.
  static Result<RowFile> create(const std::filesystem::path& path,
                                std::span<const std::size_t> shape,
                                const std::vector<std::string>& columns);
  RowFile(RowFile&&) noexcept = default;
  RowFile& operator=(RowFile&&) noexcept = default;
  ~RowFile();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Whole rows. Says nothing of errors; `finish` does.
  void write(std::span<const float> values);
  Result<void> finish();

 private:
  RowFile() = default;

  std::filesystem::path path_;
  std::filesystem::path temporary_;  ///< Empty: finished.
  std::unique_ptr<std::ofstream> out_;
  std::size_t width_ = 0;
  bool csv_ = false;
  std::string text_;
};

}  // namespace dk
