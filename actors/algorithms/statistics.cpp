// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/statistics.hpp"

#include "actors/algorithms/kernels.hpp"
#include "base/check.hpp"

namespace dk::statistics {

void contribute(std::span<const float> theta, std::span<const float> theta0, std::uint32_t workers,
                std::span<float> contribution) {
  DK_CHECK(workers > 0, "whoever contributes is a worker");
  kernels::scaled_difference(contribution, theta, theta0, 1.0F / static_cast<float>(workers));
}

void take(std::span<float> centre, std::span<const float> contribution, std::span<float> reply) {
  if (reply.empty()) return kernels::add(centre, contribution);
  kernels::add_and_copy(centre, contribution, reply);
}

void revert(std::span<float> centre, std::span<const float> contribution) {
  kernels::subtract(centre, contribution);
}

void combine(std::span<float> centre, std::span<const std::span<const float>> contributions) {
  kernels::mean(centre, contributions);
}

void accept(std::span<const float> reply, std::span<float> theta, std::span<float> theta0) {
  if (reply.empty()) return kernels::copy(theta, theta0);
  kernels::copy_to_both(reply, theta, theta0);
}

}  // namespace dk::statistics
