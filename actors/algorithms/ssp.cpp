// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/ssp.hpp"

#include "actors/algorithms/kernels.hpp"

namespace dk {

void Ssp::contribute(std::span<const float> theta, std::span<const float> theta0, std::uint32_t,
                     std::span<float> contribution) const {
  kernels::scaled_difference(contribution, theta, theta0, 1.0F);
}

}  // namespace dk
