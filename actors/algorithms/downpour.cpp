// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/downpour.hpp"

#include "actors/algorithms/server_kernels.hpp"
#include "base/check.hpp"

#include <cmath>

namespace dk {
namespace {

using Range = ParameterReader::Range;

std::uint32_t read_window(ParameterReader& parameters) {
  if (parameters.given("window") && parameters.given("n_push")) {
    parameters.refuse("parameters 'window' and 'n_push' are the same: give one of them");
  }
  return parameters.count(parameters.given("n_push") ? "n_push" : "window", 5);
}

/// 1 / (1 - beta^t): what a mean that began with zeros has to be multiplied with.
float correction(float beta, std::uint64_t t) {
  return static_cast<float>(1 / (1 - std::pow(static_cast<double>(beta), static_cast<double>(t))));
}

}  // namespace

Downpour::Downpour(ParameterReader& parameters)
    : window_(read_window(parameters)),
      warm_start_(parameters.count("warm_start", 0, 0)),
      server_(static_cast<Server>(parameters.choice("server", {"plain", "adagrad", "adam"}))) {
  const auto fetch = parameters.count("n_fetch", window_);
  if (fetch % window_ != 0) {
    parameters.refuse(fmt::format(
        "parameter 'n_fetch' is {}, allowed: a multiple of n_push, which is {}, because a worker "
        "fetches in the exchange in which it pushes",
        fetch, window_));
  } else {
    pushes_per_fetch_ = fetch / window_;
  }
  if (server_ == Server::kPlain) return;
  const bool adam = server_ == Server::kAdam;
  learning_rate_ = parameters.number("learning_rate", adam ? 0.001F : 0.01F, Range::kPositive);
  epsilon_ = parameters.number("epsilon", adam ? 1e-8F : 1e-10F, Range::kPositive);
  if (!adam) return;
  beta_1_ = parameters.number("beta_1", 0.9F, Range::kFraction);
  beta_2_ = parameters.number("beta_2", 0.999F, Range::kFraction);
}

void Downpour::contribute(std::span<const float> theta, std::span<const float> theta0,
                          std::uint32_t, std::span<float> contribution) const {
  kernels::scaled_difference(contribution, theta, theta0, 1.0F);
}

std::uint32_t Downpour::shard_slots() const {
  switch (server_) {
    case Server::kPlain:
      return 0;
    case Server::kAdagrad:
      return 1;
    case Server::kAdam:
      return 2;
  }
  return 0;
}

void Downpour::take(std::span<float> centre, std::span<const float> contribution,
                    const TakeContext& context, Slots slots, std::span<float> reply) const {
  if (server_ == Server::kPlain) {
    return AdditiveAlgorithm::take(centre, contribution, context, slots, reply);
  }
  DK_CHECK(slots.size() == shard_slots(), "a shard has the slots that its algorithm asked for");
  if (server_ == Server::kAdagrad) {
    return kernels::adagrad(centre, contribution, {learning_rate_, epsilon_}, slots[0], reply);
  }
  const auto t = context.taken + 1;
  const kernels::AdamStep step{
      learning_rate_, beta_1_, beta_2_, epsilon_, correction(beta_1_, t), correction(beta_2_, t)};
  kernels::adam(centre, contribution, step, slots[0], slots[1], reply);
}

}  // namespace dk
