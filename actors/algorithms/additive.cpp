// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/additive.hpp"

#include "actors/algorithms/kernels.hpp"

namespace dk {

void AdditiveAlgorithm::take(std::span<float> centre, std::span<const float> contribution,
                             const TakeContext&, Slots, std::span<float> reply) const {
  if (reply.empty()) return kernels::add(centre, contribution);
  kernels::add_and_copy(centre, contribution, reply);
}

void AdditiveAlgorithm::accept(std::span<const float> reply, std::span<float> theta,
                               std::span<float> theta0) const {
  if (reply.empty()) return kernels::copy(theta, theta0);
  kernels::copy_to_both(reply, theta, theta0);
}

void AdditiveAlgorithm::revert(std::span<float> centre, std::span<const float> contribution,
                               const TakeContext&, std::span<const float>) const {
  kernels::subtract(centre, contribution);
}

}  // namespace dk
