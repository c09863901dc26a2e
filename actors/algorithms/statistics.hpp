// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/algorithm.hpp"

#include <cstdint>
#include <span>

/// What every algorithm does with weights that do not learn (a BatchNormalization's moving mean and
/// variance): the centre follows the mean of the workers. A worker's optimizer never touches them,
/// so dividing or multiplying them like a gradient would only make them lag or overshoot.
namespace dk::statistics {

/// The first so many weights are the algorithm's business; the rest are statistics. A worker that
/// trains a model alone has nobody to average with, so its algorithm takes all.
[[nodiscard]] inline std::uint64_t learning_count(const Algorithm& algorithm,
                                                  std::uint64_t trainable, std::uint64_t all) {
  return algorithm.max_workers() == algorithm.members() ? all : trainable;
}

/// Free pace: contribution = (theta - theta0) / workers, which the shard adds; then theta = theta0
/// = centre.
void contribute(std::span<const float> theta, std::span<const float> theta0, std::uint32_t workers,
                std::span<float> contribution);
void take(std::span<float> centre, std::span<const float> contribution, std::span<float> reply);
void revert(std::span<float> centre, std::span<const float> contribution);
/// Rounds: each contribution is theta, and the centre their mean.
void combine(std::span<float> centre, std::span<const std::span<const float>> contributions);
/// theta = theta0 = reply; when nothing was fetched, theta0 = theta, since what was sent is
/// counted.
void accept(std::span<const float> reply, std::span<float> theta, std::span<float> theta0);

}  // namespace dk::statistics
