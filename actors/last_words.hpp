// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace dk {

/// Why an executor has ended, and the end of its log, which says what it was doing. They travel as
/// one text, as ExecutorExit::reason: the reason is its first line.
struct LastWords {
  static constexpr std::size_t kMostLines = 12;
  static constexpr std::size_t kMostBytes = 4096;

  std::string reason;
  std::vector<std::string> log{};

  [[nodiscard]] std::string joined() const;
  /// The inverse, bounded: the text may be another node's.
  [[nodiscard]] static LastWords split(std::string_view text);
};

/// The last whole lines of a log file, at most kMostLines and kMostBytes; none when it cannot be
/// read.
[[nodiscard]] std::vector<std::string> end_of_log(const std::filesystem::path& file);

}  // namespace dk
