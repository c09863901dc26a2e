// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <span>

namespace dk {

/// What a shard knows when it takes a commit in.
struct TakeContext {
  /// Commits that the shard has taken from others since this worker's last exchange (DynSGD's tau).
  std::uint64_t staleness = 0;
};

/// A distributed optimizer: what a worker sends after which steps, how a shard takes it in, what
/// goes back. Pure and stateless: one object serves every worker and shard of a process, from any
/// thread.
///
/// Notation: theta = the worker's weights, theta0 = what the worker's last exchange left it with,
/// centre = the shard's weights. Every span is one part of the flat parameter vector (at most about
/// 1 MiB); all spans of a call have the same length and do not overlap.
class Algorithm {
 public:
  virtual ~Algorithm() = default;

  /// Mini-batches between two exchanges (dist-keras' communication window). One window is also one
  /// block of the ledger.
  [[nodiscard]] virtual std::uint32_t window() const = 0;
  [[nodiscard]] virtual std::uint32_t max_workers() const {
    return std::numeric_limits<std::uint32_t>::max();
  }

  /// Worker: writes what is sent after `steps` local steps (fewer than `window()` at the end of an
  /// epoch).
  virtual void contribute(std::span<const float> theta, std::span<const float> theta0,
                          std::uint32_t steps, std::span<float> contribution) const = 0;

  /// Shard: takes a contribution into the centre and writes the reply, in one pass over memory.
  /// `reply` is empty when `replies()` is false.
  virtual void take(std::span<float> centre, std::span<const float> contribution,
                    const TakeContext& context, std::span<float> reply) const = 0;

  /// Whether an exchange brings weights back. If not, theta and theta0 stay as they are.
  [[nodiscard]] virtual bool replies() const { return true; }

  /// Worker: takes the reply in.
  virtual void accept(std::span<const float> reply, std::span<float> theta,
                      std::span<float> theta0) const = 0;

  /// Whether a contribution can be taken out of a centre that has taken in others since. If not, a
  /// worker that dies half-way through an exchange costs a return to the newest checkpoint.
  [[nodiscard]] virtual bool reversible() const = 0;
  /// Shard: takes a contribution out of the centre again, up to rounding. Only when `reversible()`.
  virtual void revert(std::span<float> centre, std::span<const float> contribution) const = 0;
};

}  // namespace dk
