// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/sandblaster_lbfgs.hpp"

#include "actors/algorithms/kernels.hpp"
#include "base/check.hpp"

namespace dk {
namespace {

std::uint32_t read_portion(ParameterReader& parameters) {
  if (parameters.given("window") && parameters.given("portion")) {
    parameters.refuse("parameters 'window' and 'portion' are the same: give one of them");
  }
  return parameters.count(parameters.given("portion") ? "portion" : "window", 8);
}

}  // namespace

SandblasterLbfgs::SandblasterLbfgs(ParameterReader& parameters)
    : window_(read_portion(parameters)),
      history_(parameters.count("history", 10)),
      max_backtracks_(parameters.count("max_backtracks", 10)) {
  if (history_ > kMostHistory) {
    parameters.refuse(
        fmt::format("parameter 'history' is {}, allowed: from 1 to {}", history_, kMostHistory));
  }
}

void SandblasterLbfgs::contribute(std::span<const float> gradient, std::span<const float>,
                                  std::uint32_t, std::span<float> contribution) const {
  kernels::copy(gradient, contribution);
}

void SandblasterLbfgs::accept(std::span<const float> reply, std::span<float> theta,
                              std::span<float> theta0) const {
  if (reply.empty()) return kernels::copy(theta0, theta);
  kernels::copy_to_both(reply, theta, theta0);
}

void SandblasterLbfgs::take(std::span<float>, std::span<const float> contribution,
                            const TakeContext&, Slots slots, std::span<float>) const {
  DK_CHECK(slots.size() == shard_slots(), "a shard has the slots that its algorithm asked for");
  kernels::add(slots[kGradient - 1], contribution);
}

}  // namespace dk
