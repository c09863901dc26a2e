// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/algorithm.hpp"

#include "base/check.hpp"

namespace dk {

void Algorithm::take(std::span<float>, std::span<const float>, const TakeContext&, Slots,
                     std::span<float>) const {
  DK_CHECK(false, "contributions are taken in one by one without rounds only");
}

void Algorithm::combine(std::span<float>, std::span<const std::span<const float>>, Slots) const {
  DK_CHECK(false, "contributions are combined in rounds only");
}

void Algorithm::revert(std::span<float>, std::span<const float>, const TakeContext&,
                       std::span<const float>) const {
  DK_CHECK(false, "only a reversible algorithm reverts");
}

}  // namespace dk
