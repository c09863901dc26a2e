// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/experimental.hpp"

#include "actors/algorithms/server_kernels.hpp"
#include "base/check.hpp"

namespace dk {

void Experimental::contribute(std::span<const float> theta, std::span<const float> theta0,
                              std::uint32_t steps, std::span<float> contribution) const {
  DK_CHECK(steps > 0, "a contribution comes after at least one step");
  kernels::scaled_difference(contribution, theta, theta0, 1.0F / static_cast<float>(steps));
}

void Experimental::accept(std::span<const float> reply, std::span<float> theta,
                          std::span<float> theta0) const {
  kernels::copy_to_both(reply, theta, theta0);
}

void Experimental::take(std::span<float> centre, std::span<const float> contribution,
                        const TakeContext& context, Slots, std::span<float> reply) const {
  if (context.last_reply.empty()) return kernels::add_and_copy(centre, contribution, reply);
  kernels::add_damped(centre, contribution, context.last_reply, learning_rate_, reply);
}

}  // namespace dk
