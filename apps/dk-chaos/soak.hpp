// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/api/gateway.hpp"
#include "apps/dk-chaos/faults.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <functional>
#include <vector>

namespace dk::chaos {

struct SoakConfig {
  JobRequest request;
  std::filesystem::path node_binary;
  std::filesystem::path data;  ///< the nodes' directories; stays
  unsigned nodes = 3;
  unsigned standbys = 0;  ///< less than `nodes`
  std::uint64_t seed = 1;
  std::chrono::seconds duration{300};
  /// Between two faults, from none to twice as long.
  std::chrono::milliseconds mean_gap{4000};
  std::vector<Fault> faults;
  /// How far a test metric may be from the undisturbed run's, as a share of 1.
  double tolerance = 0.02;
  std::function<void(const std::string& line)> tell;
  std::function<bool()> interrupted;
};

/// What is wrong with a job that has ended, one line each; nothing if all is well: it finished,
/// each epoch visited every sample exactly once, and its accuracy on the test data is that of the
/// undisturbed run.
[[nodiscard]] std::vector<std::string> faults_of(const nlohmann::json& outcome,
                                                 const nlohmann::json& undisturbed,
                                                 double tolerance);

/// Trains the job once undisturbed and then again and again while things go wrong by the seed's
/// schedule, until the time is over. `{"seed", "jobs", "faults" (by name), "restarts",
/// "updates_lost", "samples_repeated", "seconds", "undisturbed", "wrong" (lines)}`. An error when
/// the cluster itself cannot be kept up.
Result<nlohmann::json> soak(const SoakConfig& config);

}  // namespace dk::chaos
