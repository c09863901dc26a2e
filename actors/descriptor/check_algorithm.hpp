// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/descriptor/job_spec.hpp"
#include "base/result.hpp"

namespace dk::descriptor {

/// kInvalid when there is no algorithm of that name or its parameters do not fit; the message says
/// what is allowed.
Result<void> check_algorithm(const AlgorithmConfig& config);

}  // namespace dk::descriptor
