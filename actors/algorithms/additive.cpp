// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/additive.hpp"

#include "actors/algorithms/kernels.hpp"

namespace dk {

void AdditiveAlgorithm::take(std::span<float> centre, std::span<const float> contribution,
                             const TakeContext&, std::span<float> reply) const {
  kernels::add_and_copy(centre, contribution, reply);
}

void AdditiveAlgorithm::accept(std::span<const float> reply, std::span<float> theta,
                               std::span<float> theta0) const {
  kernels::copy_to_both(reply, theta, theta0);
}

void AdditiveAlgorithm::revert(std::span<float> centre, std::span<const float> contribution) const {
  kernels::subtract(centre, contribution);
}

}  // namespace dk
