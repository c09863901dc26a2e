// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/model_mean.hpp"

#include "actors/algorithms/kernels.hpp"

namespace dk {

void ModelMean::contribute(std::span<const float> theta, std::span<const float>, std::uint32_t,
                           std::span<float> contribution) const {
  kernels::copy(theta, contribution);
}

void ModelMean::accept(std::span<const float> reply, std::span<float> theta,
                       std::span<float> theta0) const {
  kernels::copy_to_both(reply, theta, theta0);
}

void ModelMean::combine(std::span<float> centre,
                        std::span<const std::span<const float>> contributions, Slots) const {
  kernels::mean(centre, contributions);
}

}  // namespace dk
