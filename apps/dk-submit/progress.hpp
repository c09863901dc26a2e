// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>

namespace dk::submit {

/// `12,800 of 60,000 rows, 6,400 rows/s, 7.4 s left`.
[[nodiscard]] std::string render_progress(std::uint64_t done, std::uint64_t total, double seconds);

/// A line that stays in place on a terminal, renewed at most five times a second; gone when it is
/// destroyed.
class Progress {
 public:
  /// Shows nothing when `out` is null.
  Progress(std::ostream* out, std::uint64_t total);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  /// So many more rows are done.
  void add(std::uint64_t rows);

 private:
  using Clock = std::chrono::steady_clock;

  std::ostream* out_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
  Clock::time_point start_ = Clock::now();
  Clock::time_point shown_ = start_;
};

/// Standard error, if it is a terminal and people read it; else null.
[[nodiscard]] std::ostream* progress_output(bool json);

}  // namespace dk::submit
