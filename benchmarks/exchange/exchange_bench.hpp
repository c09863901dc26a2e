// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "benchmarks/report.hpp"

namespace dk::bench {

/// A worker's exchange of 4.15 MB and 100 MB with one shard and with two, between two processes
/// over loopback TCP and inside one, beside raw TCP and memcpy of the same bytes there and back;
/// small requests, idle and during an exchange; resident memory during exchanges.
Result<void> bench_exchange(const Options& options);

}  // namespace dk::bench
