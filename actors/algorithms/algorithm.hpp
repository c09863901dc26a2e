// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace dk {

/// How workers keep step with one another.
struct Pace {
  enum class Kind {
    kFree,     ///< nobody waits: every contribution is taken in when it comes (`take`)
    kBounded,  ///< like kFree, but no worker is more than `staleness` windows ahead of the slowest
    kRounds,   ///< the workers train one window each, from the same centre; then their
               ///< contributions are taken in together (`combine`)
    kFullBatch,  ///< the workers compute the gradient of a whole epoch at one centre; then a
                 ///< coordinator moves the centre (actors/logic/lbfgs.hpp)
  };
  Kind kind = Kind::kFree;
  /// Of kBounded.
  std::uint32_t staleness = 0;
  /// Of kRounds: a round closes when all workers but so many have contributed; the window of one
  /// who comes too late is trained again.
  std::uint32_t spare = 0;
  /// So many contributions come from one worker alone before the others begin.
  std::uint32_t warm_start = 0;
  /// Of kFullBatch: see SandblasterLbfgs.
  std::uint32_t history = 0;
  std::uint32_t backtracks = 0;
};

/// What a shard knows when it takes a contribution in.
struct TakeContext {
  /// Contributions that the shard has taken from others since this worker's last exchange (tau).
  std::uint64_t staleness = 0;
  /// Contributions that the shard had taken before this one, from anybody.
  std::uint64_t taken = 0;
  /// What the worker was answered the last time; empty before its first exchange, or when
  /// `keeps_reply()` is false.
  std::span<const float> last_reply{};
};

/// Further vectors of the same length as the weights, zero at first.
using Slots = std::span<const std::span<float>>;

/// A distributed optimizer: what a worker sends after which steps, how a shard takes it in, what
/// goes back. Pure and stateless: one object serves every worker and shard of a process, from any
/// thread; what has to be remembered lies in slots.
///
/// Notation: theta = the worker's weights, theta0 = what the worker's last exchange left it with,
/// centre = the shard's weights. Every span is one part of the flat parameter vector (at most about
/// 1 MiB); all spans of a call have the same length and do not overlap. Only weights that learn
/// come here; moving statistics are averaged over the workers by the runtime.
class Algorithm {
 public:
  virtual ~Algorithm() = default;

  /// Mini-batches between two exchanges (dist-keras' communication window). One window is also one
  /// block of the ledger.
  [[nodiscard]] virtual std::uint32_t window() const = 0;
  [[nodiscard]] virtual std::uint32_t max_workers() const {
    return std::numeric_limits<std::uint32_t>::max();
  }
  [[nodiscard]] virtual Pace pace() const { return {}; }
  /// Models that are trained side by side, each by one worker on shards of its own: an ensemble.
  [[nodiscard]] virtual std::uint32_t members() const { return 1; }
  /// How much each of several members counts in what is delivered; they add up to 1.
  [[nodiscard]] virtual std::vector<float> member_weights() const { return {}; }

  // -- worker ------------------------------------------------------------------------

  [[nodiscard]] virtual std::uint32_t worker_slots() const { return 0; }
  /// Around each step of the worker's own optimizer, over the whole vector.
  virtual void before_step(std::span<float> /*theta*/, std::span<float> /*theta0*/,
                           Slots /*slots*/) const {}
  virtual void after_step(std::span<float> /*theta*/, std::span<float> /*theta0*/,
                          Slots /*slots*/) const {}
  /// Writes what is sent after `steps` local steps (fewer than `window()` at the end of an epoch).
  /// With kFullBatch no steps are made, and `theta` is worker slot 0: the window's gradient, summed
  /// over its samples.
  virtual void contribute(std::span<const float> theta, std::span<const float> theta0,
                          std::uint32_t steps, std::span<float> contribution) const = 0;
  /// Whether this exchange, counted from 1, brings something back. Not asked in rounds.
  [[nodiscard]] virtual bool fetches(std::uint64_t /*exchange*/) const { return true; }
  /// Takes the answer in: what `take` wrote, or the new centre in rounds; empty when the exchange
  /// fetched nothing.
  virtual void accept(std::span<const float> reply, std::span<float> theta,
                      std::span<float> theta0) const = 0;
  /// Whether a window depends on the centre that it begins from and on nothing else of earlier
  /// windows but the worker's optimizer. Then the worker may fetch the centre as late as it likes.
  [[nodiscard]] virtual bool begins_at_centre() const { return false; }
  /// Whether the worker's own optimizer begins anew with each window.
  [[nodiscard]] virtual bool fresh_optimizer() const { return false; }

  // -- shard -------------------------------------------------------------------------

  /// Kept in checkpoints with the weights.
  [[nodiscard]] virtual std::uint32_t shard_slots() const { return 0; }
  /// Takes a contribution into the centre and writes the reply, in one pass over memory. `reply` is
  /// empty when the exchange fetches nothing. Not called in rounds.
  virtual void take(std::span<float> centre, std::span<const float> contribution,
                    const TakeContext& context, Slots slots, std::span<float> reply) const;
  /// Rounds: takes the contributions of a whole round in, at least one, in the order of the
  /// workers. Sums go in that order, so that a round is repeatable.
  virtual void combine(std::span<float> centre,
                       std::span<const std::span<const float>> contributions, Slots slots) const;
  /// Whether the shard keeps its newest reply to each worker: for `last_reply`, for `revert`, and
  /// to answer a repeated contribution with the same.
  [[nodiscard]] virtual bool keeps_reply() const { return false; }

  /// Whether a contribution can be taken out of a centre that has taken in others since. If not, a
  /// worker that dies half-way through an exchange costs a return to the newest checkpoint. In
  /// rounds that is never asked: an open round's contributions are not in the centre yet.
  [[nodiscard]] virtual bool reversible() const { return false; }
  /// Takes a contribution out of the centre again, up to rounding, with the context it was taken
  /// with and the reply, if that is kept. Only when `reversible()`.
  virtual void revert(std::span<float> centre, std::span<const float> contribution,
                      const TakeContext& context, std::span<const float> reply) const;
};

}  // namespace dk
