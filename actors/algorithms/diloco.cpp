// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/diloco.hpp"

#include "actors/algorithms/server_kernels.hpp"
#include "base/check.hpp"

namespace dk {

using Range = ParameterReader::Range;

Diloco::Diloco(ParameterReader& parameters)
    : window_(parameters.count("window", 500)),
      learning_rate_(parameters.number("learning_rate", 0.7F, Range::kPositive)),
      momentum_(parameters.number("momentum", 0.9F, Range::kFraction)) {}

void Diloco::contribute(std::span<const float> theta, std::span<const float> theta0, std::uint32_t,
                        std::span<float> contribution) const {
  kernels::scaled_difference(contribution, theta0, theta, 1.0F);
}

void Diloco::accept(std::span<const float> reply, std::span<float> theta,
                    std::span<float> theta0) const {
  kernels::copy_to_both(reply, theta, theta0);
}

void Diloco::combine(std::span<float> centre, std::span<const std::span<const float>> contributions,
                     Slots slots) const {
  DK_CHECK(slots.size() == 1, "a shard has the slots that its algorithm asked for");
  kernels::nesterov(centre, contributions, learning_rate_, momentum_, slots[0]);
}

}  // namespace dk
