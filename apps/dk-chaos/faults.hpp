// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/api/gateway.hpp"
#include "apps/dk-submit/local_processes.hpp"
#include "base/result.hpp"

#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace dk::chaos {

/// What a fault may reach.
struct Target {
  submit::LocalProcesses& cluster;
  Gateway& gateway;
  JobId job;
  std::filesystem::path data;  ///< the nodes' directories
};

using Random = std::mt19937_64;
/// A number from 0 to `limit` - 1.
[[nodiscard]] std::uint64_t below(Random& random, std::uint64_t limit);

/// One kind of thing that goes wrong on machines.
struct Fault {
  std::string name;
  std::string about;
  /// Does it, and undoes what has to be undone; answers with what was done, in one line, empty if
  /// there was nothing to do it to. An error: the cluster did not come back.
  std::function<Result<std::string>(const Target&, Random&)> strike;
};

/// kill, pause, node, supervisor, power, drain, flip.
[[nodiscard]] const std::vector<Fault>& known_faults();

}  // namespace dk::chaos
