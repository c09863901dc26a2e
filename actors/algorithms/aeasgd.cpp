// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/aeasgd.hpp"

#include "actors/algorithms/elastic_kernels.hpp"

namespace dk {

void Aeasgd::contribute(std::span<const float> theta, std::span<const float>, std::uint32_t,
                        std::span<float> contribution) const {
  kernels::copy(theta, contribution);
}

void Aeasgd::accept(std::span<const float> reply, std::span<float> theta, std::span<float>) const {
  kernels::subtract(theta, reply);
}

void Aeasgd::take(std::span<float> centre, std::span<const float> contribution, const TakeContext&,
                  Slots, std::span<float> reply) const {
  kernels::pull_centre(centre, contribution, alpha_, reply);
}

void Aeasgd::revert(std::span<float> centre, std::span<const float>, const TakeContext&,
                    std::span<const float> reply) const {
  kernels::subtract(centre, reply);
}

}  // namespace dk
