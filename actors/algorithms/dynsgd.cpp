// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/dynsgd.hpp"

#include "actors/algorithms/kernels.hpp"

namespace dk {
namespace {

float weight(const TakeContext& context) {
  return 1.0F / (static_cast<float>(context.staleness) + 1.0F);
}

}  // namespace

void Dynsgd::contribute(std::span<const float> theta, std::span<const float> theta0, std::uint32_t,
                        std::span<float> contribution) const {
  kernels::scaled_difference(contribution, theta, theta0, 1.0F);
}

void Dynsgd::take(std::span<float> centre, std::span<const float> contribution,
                  const TakeContext& context, Slots, std::span<float> reply) const {
  kernels::add_scaled(centre, contribution, weight(context), reply);
}

void Dynsgd::revert(std::span<float> centre, std::span<const float> contribution,
                    const TakeContext& context, std::span<const float>) const {
  kernels::add_scaled(centre, contribution, -weight(context), {});
}

}  // namespace dk
