// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "storage/data/reader.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace dk::submit {

/// What the values of one column are like; of an array, such as an image, all its numbers together.
struct ColumnProfile {
  static constexpr std::size_t kBars = 16;
  /// Different values that are counted; columns with more have no `classes`.
  static constexpr std::size_t kMostClasses = 1000;

  std::string name;
  std::vector<std::size_t> shape;
  std::string type;                  ///< integer, float, text, or empty: there are no values
  std::vector<std::string> texts{};  ///< What the numbers stand for, which are then their places.
  std::uint64_t count = 0;
  std::uint64_t missing = 0;
  double min = 0;
  double max = 0;
  double mean = 0;
  double stddev = 0;  ///< Population's.
  /// How many values lie in each sixteenth of [min, max]; of up to 16 neighbouring integers, how
  /// often each is there. Empty when there are no values.
  std::vector<std::uint64_t> histogram;
  /// Of label columns of integers: how often each is there.
  std::map<float, std::uint64_t> classes;
};

struct DataProfile {
  std::uint64_t rows = 0;
  bool bytes = false;  ///< Every feature is a byte.
  storage::SkippedRows skipped;
  std::vector<ColumnProfile> features;
  std::vector<ColumnProfile> labels;
  /// Features and labels of the first rows.
  std::vector<std::pair<std::vector<float>, std::vector<float>>> first_rows;
};

/// Reads all rows twice, a group at a time; the memory does not grow with the rows. The reader's
/// errors.
Result<DataProfile> profile(const storage::Reader& reader, std::size_t first_rows);

}  // namespace dk::submit
