// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace dk::storage {

/// In which order an epoch visits the samples: with `shuffle` a permutation of all rows that
/// depends on (seed, epoch) alone, so that every machine and every replay sees the same; without,
/// 0, 1, 2, ... Each epoch visits each row exactly once. Keeps the permutation of the last epoch
/// asked for (4 bytes per row). Not thread-safe: each worker has its own.
///
/// Rows that lie on a disk are shuffled in two steps: their groups, `group` neighbours each, come
/// in a random order, and the rows of each `window` groups that follow one another are mixed.
class SampleOrder {
 public:
  /// `group` 0: every row may come anywhere.
  SampleOrder(std::uint64_t seed, std::uint32_t size, bool shuffle, std::uint32_t group = 0,
              std::uint32_t window = 0);

  /// The rows at positions [first, first + out.size()) of the epoch, which must lie within it.
  void rows(std::uint32_t epoch, std::uint64_t first, std::span<std::uint32_t> out);

  [[nodiscard]] std::uint32_t size() const { return size_; }

 private:
  void permute(std::uint32_t epoch);

  std::uint64_t seed_;
  std::uint32_t size_;
  bool shuffle_;
  std::uint32_t group_;
  std::uint32_t window_;
  std::optional<std::uint32_t> epoch_;
  std::vector<std::uint32_t> permutation_;
};

}  // namespace dk::storage
