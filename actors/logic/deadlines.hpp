// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>

namespace dk {

/// How long a worker may take, judged by how long blocks took lately on all workers (their median,
/// so that neither the slow nor those that died decide).
class Deadlines {
 public:
  using Duration = std::chrono::nanoseconds;

  struct Config {
    std::size_t known;  ///< so many blocks say how long one takes
    int stuck_factor;
    Duration least_stuck;
    Duration stuck_unknown;  ///< before that many blocks
    int slow_factor;
    Duration least_slow;
  };

  explicit Deadlines(Config config) : config_(config) {}

  /// A block took so long, from the worker's being free for it to its being done.
  void finished(Duration took);

  /// Without one finished mini-batch for this long a worker hangs.
  [[nodiscard]] Duration stuck() const;
  /// A worker that needs longer than this for a block is slow; nothing until that can be known.
  [[nodiscard]] std::optional<Duration> slow() const;

 private:
  [[nodiscard]] std::optional<Duration> median() const;

  Config config_;
  std::deque<Duration> recent_;
};

}  // namespace dk
