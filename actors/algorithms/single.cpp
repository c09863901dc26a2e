// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/single.hpp"

#include "base/check.hpp"

#include <algorithm>

namespace dk {

void Single::contribute(std::span<const float> theta, std::span<const float>, std::uint32_t,
                        std::span<float> contribution) const {
  DK_CHECK(theta.size() == contribution.size(), "all parts of a vector have the same length");
  std::copy(theta.begin(), theta.end(), contribution.begin());
}

void Single::take(std::span<float> centre, std::span<const float> contribution, const TakeContext&,
                  Slots, std::span<float> reply) const {
  DK_CHECK(centre.size() == contribution.size(), "all parts of a vector have the same length");
  DK_CHECK(reply.empty(), "nothing is sent back");
  std::copy(contribution.begin(), contribution.end(), centre.begin());
}

void Single::accept(std::span<const float>, std::span<float>, std::span<float>) const {}

}  // namespace dk
