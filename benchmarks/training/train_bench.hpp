// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "benchmarks/training/mlp_job.hpp"

namespace dk::bench {

/// The job's epochs in one thread, with no runtime around it: samples per second of wall-clock and
/// of processor time, and the accuracy on the test set.
Result<void> bench_train(const Options& options, const MlpJob& job);

}  // namespace dk::bench
