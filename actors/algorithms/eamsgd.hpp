// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/aeasgd.hpp"

namespace dk {

/// Asynchronous elastic averaging with Nesterov's momentum in each worker.
///
///     v <- delta v - eta g(x + delta v);   x <- x + v        (the paper's algorithm 2)
///
/// where -eta g(.) is what the worker's own optimizer changes in a step. Around it:
///
///     before:  v <- delta v;  theta <- theta + v;  theta0 <- theta    (x + delta v)
///     step:    theta <- theta - eta g(theta)
///     after:   v <- v + (theta - theta0)                              (delta v - eta g(x + delta
///     v))
///
/// so theta ends as x + delta v - eta g(x + delta v) = x + v with the new v. delta = 0 is AEASGD.
/// The exchange is AEASGD's; v stays in the worker. dist-keras' look-ahead goes up-hill (the sign
/// of v is turned there) and multiplies a step with the learning rate that already has it.
///
/// Use SGD without momentum as the worker's optimizer: two momenta multiply. Parameters: those of
/// AEASGD, and `momentum` = delta (default 0.9, dist-keras'; 0.99 in the paper).
class Eamsgd final : public Aeasgd {
 public:
  explicit Eamsgd(ParameterReader& parameters)
      : Aeasgd(parameters),
        momentum_(parameters.number("momentum", 0.9F, ParameterReader::Range::kFraction)) {}

  [[nodiscard]] std::uint32_t worker_slots() const override { return 1; }
  void before_step(std::span<float> theta, std::span<float> theta0, Slots slots) const override;
  void after_step(std::span<float> theta, std::span<float> theta0, Slots slots) const override;

 private:
  float momentum_;
};

}  // namespace dk
