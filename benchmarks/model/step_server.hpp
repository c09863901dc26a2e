// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace dk::bench {

/// Measures steps on request, so that a driver can take turns between this process and a peer's.
/// Speaks in lines on standard input and output. First it says what there is:
///
///     {"name": "dk", "cases": ["mlp/sgd/4", ...]}
///
/// then answers `mlp/sgd/4 0.5` with steps of half a second, begun after a warm-up when the case is
/// a new one:
///
///     {"samples": 5120, "seconds": 0.5003, "cpu_seconds": 0.4991, "parameters": 1037760}
///
/// cpu_seconds are those of all threads of the process. Ends with its input. False: a request made
/// no sense.
bool serve_steps(unsigned threads);

}  // namespace dk::bench
