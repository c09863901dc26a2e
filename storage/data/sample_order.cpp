// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/sample_order.hpp"

#include "base/check.hpp"
#include "base/random.hpp"

#include <algorithm>
#include <numeric>

namespace dk::storage {

SampleOrder::SampleOrder(std::uint64_t seed, std::uint32_t size, bool shuffle, std::uint32_t group,
                         std::uint32_t window)
    : seed_(seed),
      size_(size),
      shuffle_(shuffle),
      group_(group),
      window_(std::max<std::uint32_t>(1, window)) {}

void SampleOrder::permute(std::uint32_t epoch) {
  permutation_.resize(size_);
  Random random(seed_for(seed_, epoch));
  if (group_ == 0) {
    std::iota(permutation_.begin(), permutation_.end(), std::uint32_t{0});
    random.shuffle(std::span(permutation_));
    return;
  }
  std::vector<std::uint32_t> groups(size_ / group_ + (size_ % group_ != 0 ? 1 : 0));
  std::iota(groups.begin(), groups.end(), std::uint32_t{0});
  random.shuffle(std::span(groups));
  std::size_t done = 0;
  for (std::size_t first = 0; first < groups.size(); first += window_) {
    const auto begin = done;
    for (auto i = first; i < std::min<std::size_t>(first + window_, groups.size()); ++i) {
      const auto row = groups[i] * group_;
      const auto count = std::min(group_, size_ - row);
      std::iota(permutation_.begin() + static_cast<std::ptrdiff_t>(done),
                permutation_.begin() + static_cast<std::ptrdiff_t>(done + count), row);
      done += count;
    }
    random.shuffle(std::span(permutation_).subspan(begin, done - begin));
  }
}

void SampleOrder::rows(std::uint32_t epoch, std::uint64_t first, std::span<std::uint32_t> out) {
  DK_CHECK(first <= size_ && out.size() <= size_ - first, "the positions lie within the epoch");
  if (!shuffle_) {
    std::iota(out.begin(), out.end(), static_cast<std::uint32_t>(first));
    return;
  }
  if (epoch_ != epoch) {
    permute(epoch);
    epoch_ = epoch;
  }
  std::copy_n(permutation_.begin() + static_cast<std::ptrdiff_t>(first), out.size(), out.begin());
}

}  // namespace dk::storage
