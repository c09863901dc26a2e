// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/simulation/schedule.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace dk::simulation {

/// What became of one run.
struct Verdict {
  std::vector<std::string> violations;  ///< empty: all that must hold, held
  bool finished = false;                ///< false: failed, where that is lawful
  std::uint64_t messages = 0;
  std::uint64_t checks = 0;
  std::uint64_t recoveries = 0;
  std::uint64_t jobs = 0;  ///< that finished
  std::chrono::milliseconds virtual_time{};
  std::vector<std::string> trace;  ///< the newest lines, if it was asked for
  std::uint64_t fingerprint = 0;   ///< of the whole trace, if it was asked for
};

/// Plays a schedule of many jobs: each ends by itself, whole, or where that is lawful failed, while
/// nobody looks after the cluster.
[[nodiscard]] Verdict live_through(const Schedule& schedule);

/// Plays a schedule to its end, or to the first violation. The same schedule gives the same run.
[[nodiscard]] Verdict play(const Schedule& schedule, bool trace = false);

}  // namespace dk::simulation
