// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <vector>

namespace dk::bench {

struct Options {
  bool quick = false;
  std::string json;  ///< a file to write the figures to; none if empty
};

/// The value at `fraction` of the sorted values (0.5 is the median); 0 of none.
[[nodiscard]] double quantile(std::vector<double> values, double fraction);
[[nodiscard]] inline double median(const std::vector<double>& values) {
  return quantile(values, 0.5);
}

/// One way of doing something, and how long it took each time.
struct Cell {
  std::string name;
  std::function<double()> seconds;  ///< does it once
  std::vector<double> times{};
};

/// Runs the cells in turn, `rounds` times, so that a change of the machine's load meets all of
/// them.
void run_interleaved(std::vector<Cell>& cells, int rounds);

/// The median over the rounds of theirs / ours: above 1 when `ours` was faster.
[[nodiscard]] double speed_ratio(const Cell& ours, const Cell& theirs);

/// Processor, cores, memory, load and compiler: what figures mean nothing without.
[[nodiscard]] nlohmann::json machine();

/// Aligned columns on standard output; the first row is the heading.
void print_table(const std::vector<std::vector<std::string>>& rows);

/// Adds `machine` and writes the file, if one is wanted.
Result<void> write_json(const Options& options, nlohmann::json figures);

}  // namespace dk::bench
