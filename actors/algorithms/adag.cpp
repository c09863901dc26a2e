// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/adag.hpp"

#include "actors/algorithms/kernels.hpp"
#include "base/check.hpp"

namespace dk {

void Adag::contribute(std::span<const float> theta, std::span<const float> theta0,
                      std::uint32_t steps, std::span<float> contribution) const {
  DK_CHECK(steps > 0, "a contribution comes after at least one step");
  kernels::scaled_difference(contribution, theta, theta0, 1.0F / static_cast<float>(steps));
}

}  // namespace dk
