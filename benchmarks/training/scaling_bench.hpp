// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "benchmarks/training/mlp_job.hpp"

namespace dk::bench {

enum class Place {
  kProcess,    ///< all actors in this process, as `dk-submit run --local`
  kProcesses,  ///< two nodes on loopback, with one executor process each
};

/// Samples per second of one and two asynchronous workers beside the algorithm `single`, through
/// the whole runtime, in turn. The first epoch of every run warms up, the second counts.
Result<void> bench_scaling(const Options& options, const MlpJob& base, Place place);

}  // namespace dk::bench
