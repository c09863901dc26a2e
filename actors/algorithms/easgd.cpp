// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/easgd.hpp"

#include "actors/algorithms/elastic_kernels.hpp"

namespace dk {

Easgd::Easgd(ParameterReader& parameters)
    : window_(parameters.count("window", 1)),
      alpha_(elastic_rate(parameters, {.rho = 5, .learning_rate = 0.01F})),
      beta_(alpha_ * static_cast<float>(parameters.workers())) {}

void Easgd::contribute(std::span<const float> theta, std::span<const float>, std::uint32_t,
                       std::span<float> contribution) const {
  kernels::copy(theta, contribution);
}

void Easgd::accept(std::span<const float> reply, std::span<float> theta,
                   std::span<float> theta0) const {
  kernels::pull_worker(theta, theta0, reply, alpha_);
}

void Easgd::combine(std::span<float> centre, std::span<const std::span<const float>> contributions,
                    Slots) const {
  kernels::move_to_mean(centre, contributions, beta_);
}

}  // namespace dk
