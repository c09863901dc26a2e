// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/transforms/column_statistics.hpp"

#include <bit>

namespace dk::storage {
namespace {

constexpr std::size_t kBuckets = 2048;
constexpr std::array<unsigned, 3> kBits = {11, 11, 10};
constexpr std::array<unsigned, 3> kShift = {21, 10, 0};
constexpr std::uint32_t kTop = 1U << 31U;

/// Whole numbers in the order of the floats.
std::uint32_t to_key(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value == 0 ? 0.0F : value);
  return (bits & kTop) != 0 ? ~bits : bits | kTop;
}

float from_key(std::uint32_t key) {
  return std::bit_cast<float>((key & kTop) != 0 ? key & ~kTop : ~key);
}

}  // namespace

void ColumnMeans::take(std::size_t column, float value) {
  means_[column] +=
      (static_cast<double>(value) - means_[column]) / static_cast<double>(++counts_[column]);
}

void ColumnMedians::begin_pass() {
  counters_.assign(columns_.size() * 2 * kBuckets, 0);
}

void ColumnMedians::take(std::size_t column, float value) {
  const std::uint32_t key = to_key(value);
  const std::uint32_t bucket = (key >> kShift[pass_]) & ((1U << kBits[pass_]) - 1);
  // Of the first pass, where nothing is known, 32 bits are to be shifted out.
  const auto known =
      static_cast<std::uint32_t>(std::uint64_t{key} >> (kShift[pass_] + kBits[pass_]));
  auto* counters = counters_.data() + column * 2 * kBuckets;
  auto& state = columns_[column];
  if (pass_ == 0) ++state.count;
  if (known == state.middle[0].known) ++counters[bucket];
  if (known == state.middle[1].known) ++counters[kBuckets + bucket];
}

Result<bool> ColumnMedians::end_pass() {
  for (std::size_t column = 0; column < columns_.size(); ++column) {
    auto& state = columns_[column];
    if (state.count == 0) continue;
    if (pass_ == 0) {
      state.middle[0].rank = (state.count - 1) / 2;
      state.middle[1].rank = state.count / 2;
    }
    const auto* counters = counters_.data() + column * 2 * kBuckets;
    for (auto& sought : state.middle) {
      std::uint32_t bucket = 0;
      while (sought.rank >= counters[bucket]) sought.rank -= counters[bucket++];
      sought.known = (sought.known << kBits[pass_]) | bucket;
      counters += kBuckets;
    }
  }
  ++pass_;
  if (pass_ < kBits.size()) return false;
  counters_ = {};
  return true;
}

double ColumnMedians::value(std::size_t column) const {
  const auto& middle = columns_[column].middle;
  return (double{from_key(middle[0].known)} + double{from_key(middle[1].known)}) / 2;
}

void ColumnModes::take(std::size_t column, float value) {
  ++counts_[column];
  if (different_ > kMostValues) return;
  if (values_[column][value == 0 ? 0.0F : value]++ == 0) ++different_;
}

Result<bool> ColumnModes::end_pass() {
  if (different_ <= kMostValues) return true;
  return fail(Errc::kInvalid,
              "the columns have more than {} different values; most_frequent counts each: name "
              "fewer columns, or use mean or median",
              kMostValues);
}

double ColumnModes::value(std::size_t column) const {
  std::uint64_t most = 0;
  float found = 0;
  for (const auto& [value, count] : values_[column]) {
    if (count > most || (count == most && value < found)) {
      most = count;
      found = value;
    }
  }
  return found;
}

}  // namespace dk::storage
