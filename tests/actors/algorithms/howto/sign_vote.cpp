// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/actors/algorithms/howto/sign_vote.hpp"

#include "actors/algorithms/kernels.hpp"

namespace dk {
namespace {

float sign(float x) {
  return static_cast<float>((x > 0) - (x < 0));
}

}  // namespace

SignVote::SignVote(ParameterReader& parameters)
    : window_(parameters.count("window", 1)),
      learning_rate_(
          parameters.number("learning_rate", 0.001F, ParameterReader::Range::kPositive)) {}

void SignVote::contribute(std::span<const float> theta, std::span<const float> theta0,
                          std::uint32_t, std::span<float> contribution) const {
  for (std::size_t i = 0; i < theta.size(); ++i) contribution[i] = sign(theta[i] - theta0[i]);
}

void SignVote::accept(std::span<const float> reply, std::span<float> theta,
                      std::span<float> theta0) const {
  kernels::copy_to_both(reply, theta, theta0);
}

void SignVote::combine(std::span<float> centre,
                       std::span<const std::span<const float>> contributions, Slots) const {
  for (std::size_t i = 0; i < centre.size(); ++i) {
    float votes = 0;
    for (const auto& contribution : contributions) votes += contribution[i];
    centre[i] += learning_rate_ * sign(votes);
  }
}

}  // namespace dk
