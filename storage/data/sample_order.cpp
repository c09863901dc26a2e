// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/sample_order.hpp"

#include "base/check.hpp"
#include "base/random.hpp"

#include <algorithm>
#include <numeric>

namespace dk::storage {

SampleOrder::SampleOrder(std::uint64_t seed, std::uint32_t size, bool shuffle)
    : seed_(seed), size_(size), shuffle_(shuffle) {}

void SampleOrder::rows(std::uint32_t epoch, std::uint64_t first, std::span<std::uint32_t> out) {
  DK_CHECK(first <= size_ && out.size() <= size_ - first, "the positions lie within the epoch");
  if (!shuffle_) {
    std::iota(out.begin(), out.end(), static_cast<std::uint32_t>(first));
    return;
  }
  if (epoch_ != epoch) {
    permutation_.resize(size_);
    std::iota(permutation_.begin(), permutation_.end(), std::uint32_t{0});
    Random(seed_for(seed_, epoch)).shuffle(std::span(permutation_));
    epoch_ = epoch;
  }
  std::copy_n(permutation_.begin() + static_cast<std::ptrdiff_t>(first), out.size(), out.begin());
}

}  // namespace dk::storage
