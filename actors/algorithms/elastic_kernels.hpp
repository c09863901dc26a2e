// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/kernels.hpp"

/// The loops of elastic averaging, one pass over memory each; the rules of kernels.hpp hold.
namespace dk::kernels {

/// E = alpha * (theta - centre); centre += E; reply = E
void pull_centre(std::span<float> centre, std::span<const float> theta, float alpha,
                 std::span<float> reply);
/// theta -= alpha * (theta - theta0); theta0 = centre
void pull_worker(std::span<float> theta, std::span<float> theta0, std::span<const float> centre,
                 float alpha);
/// centre += beta * (the mean of `terms` - centre)
void move_to_mean(std::span<float> centre, Terms terms, float beta);
/// velocity *= momentum; theta += velocity; theta0 = theta
void look_ahead(std::span<float> theta, std::span<float> theta0, std::span<float> velocity,
                float momentum);
/// velocity += theta - theta0
void add_step(std::span<float> velocity, std::span<const float> theta,
              std::span<const float> theta0);

}  // namespace dk::kernels
