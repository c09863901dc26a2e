// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/ids.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace dk {

using CoresByNode = std::map<std::string, std::uint32_t>;

/// A job that has not ended, as far as its place on the cluster goes.
struct ScheduledJob {
  JobId id;
  std::int32_t priority = 0;  ///< the larger goes first
  std::string submitter{};
  std::uint32_t threads = 1;      ///< cores of one worker
  std::uint32_t workers_min = 1;  ///< it does not begin with fewer: all of them, or none
  std::uint32_t workers_max = 1;
  bool admitted = false;  ///< it has a share of the cluster
  CoresByNode used{};     ///< what its workers are on now
  CoresByNode held{};     ///< `used`, or what it has been given and may use, if that is more
  std::set<std::string> refused{};  ///< machines that are not for it
  std::string only_on{};            ///< which are, for people: "nodes with zone=cellar"
};

struct JobPlan {
  bool admitted = false;
  CoresByNode share{};   ///< cores that it may use from now on
  std::string reason{};  ///< not admitted: what it waits for, as a sentence's end
  bool operator==(const JobPlan&) const = default;
};

/// Who runs on which cores. `cores` are the machines' that can be used.
///
/// - Larger priorities first; among equals who was submitted by whoever holds the fewest cores,
/// then
///   the oldest.
/// - A job is admitted when its `workers_min` fit at once, or never begins. One that waits for
/// cores
///   holds back those of its priority behind it, so that the large do not starve; a job that could
///   not fit on the empty cluster holds back nobody.
/// - Admitted jobs stay, also when machines are lost, unless one of larger priority needs their
///   cores: of the smallest priority the youngest goes first, and only if that helps.
/// - What is left goes to admitted jobs up to their `workers_max`, worker by worker: larger
///   priorities first, then to the submitter, and to the job, with the fewest cores.
/// - No core is promised twice: what others still hold is given when they have handed it back.
///
/// `at_once` > 0: so many jobs at most.
[[nodiscard]] std::map<JobId, JobPlan> schedule(const CoresByNode& cores,
                                                const std::vector<ScheduledJob>& jobs,
                                                std::size_t at_once = 0);

}  // namespace dk
