// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/vector_program.hpp"
#include "base/result.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace dk {

/// The coordinator of `sandblaster-lbfgs`: decides from scalars alone where the shards' centre goes
/// next. A pass is one evaluation of the mean loss f and its gradient g over all samples, and one
/// epoch of the ledger. Between two passes the centre is the best point so far, x.
///
///     idle -- begin --> opening (program: centre <- x + a d, gradient <- 0)
///          -- answered --> open (workers compute) -- evaluated -->
///          closing (program: centre becomes x, or x the centre; scalar products) -- answered -->
///          idle
///
/// d = -H g by the two-loop recursion over the newest pairs s = x' - x, y = g' - g (Nocedal,
/// "Updating quasi-Newton matrices with limited storage", 1980; Dean et al., NIPS 2012). The
/// recursion is linear in g, s_i and y_i, so it runs over their scalar products alone and d is one
/// linear combination (Chen, Wang and Zhou, "Large-scale L-BFGS using MapReduce", NIPS 2014): two
/// round trips in a pass, whatever the history.
///
/// A step a (first min(1, 1/|g|), later 1) is accepted when f(x + a d) <= f(x) + 1e-4 a g'd;
/// otherwise it shrinks to the minimum of the parabola through what is known, within [a/10, a/2].
/// A pair is kept when y's > 1e-10 y'y. When d is no descent, or `backtracks` shorter steps were no
/// better, the pairs are forgotten and d = -g; when that does not help either, the training is
/// over.
///
/// A value, without a clock. A call out of its phase is a bug of the caller.
class Lbfgs {
 public:
  struct Config {
    std::uint32_t history = 10;  ///< most pairs
    std::uint32_t backtracks = 10;
    std::uint64_t samples = 0;          ///< in a pass
    std::uint64_t blocks_per_pass = 0;  ///< of the ledger
  };
  explicit Lbfgs(Config config) : config_(config) {}

  [[nodiscard]] bool idle() const { return phase_ == Phase::kIdle; }
  [[nodiscard]] bool open() const { return phase_ == Phase::kOpen; }
  /// Passes that are over, and so the number of the open or next one.
  [[nodiscard]] std::uint64_t pass() const { return pass_; }
  /// Why no further pass is worth it, or empty.
  [[nodiscard]] const std::string& stopped() const { return stopped_; }
  /// Mean loss at x; NaN before the first pass.
  [[nodiscard]] double loss() const { return loss_; }
  /// a of the open or next pass.
  [[nodiscard]] double step() const { return step_; }
  [[nodiscard]] std::size_t pairs() const { return pairs_.size(); }

  /// Opens the next pass: the program has to be run. Idle, and not stopped.
  void begin();
  /// A block of the open pass is in: its losses, summed over its samples.
  void add(double loss_sum) { loss_sum_ += loss_sum; }
  /// All blocks are in: the program has to be run. kInternal when the first loss is not finite.
  Result<void> evaluated();
  /// The program of this phase, the same however often it is asked for.
  [[nodiscard]] VectorProgram program() const;
  /// All shards have run it; its scalar products over whole vectors. kInternal when the gradient is
  /// not finite.
  Result<void> answered(std::span<const double> sums);

  [[nodiscard]] nlohmann::json to_json() const;
  /// Takes back what `to_json` wrote; kCorrupt when it is something else.
  Result<void> restore(const nlohmann::json& json);

 private:
  enum class Phase { kIdle, kOpening, kOpen, kClosing };
  using Pair = std::pair<std::uint32_t, std::uint32_t>;

  [[nodiscard]] bool first() const { return pass_ == 0; }
  void retreat(double loss);
  void keep_pair();
  void choose_direction();
  void choose_gradient();
  [[nodiscard]] double dot(std::uint32_t left, std::uint32_t right) const;
  [[nodiscard]] std::vector<VectorProgram::Dot> wanted_dots() const;

  Config config_;
  Phase phase_ = Phase::kIdle;
  std::uint64_t pass_ = 0;
  std::uint64_t programs_ = 0;
  double loss_sum_ = 0;
  double loss_ = std::numeric_limits<double>::quiet_NaN();
  double slope_ = 0;  ///< g'd
  double step_ = 0;
  std::uint32_t tried_ = 0;           ///< shorter steps along d
  bool accepting_ = false;            ///< of a closing pass
  std::vector<std::uint32_t> pairs_;  ///< oldest first
  std::uint32_t spare_ = 0;           ///< the pair in whose step d lies
  /// d, to be made with the next pass; empty when it is there.
  std::vector<VectorProgram::Term> direction_;
  std::map<Pair, double> dots_;
  std::string stopped_;
};

}  // namespace dk
