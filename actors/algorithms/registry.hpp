// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/algorithm.hpp"
#include "actors/descriptor/job_spec.hpp"

#include <memory>
#include <string>
#include <vector>

namespace dk {

/// The algorithm of that name with those parameters. kInvalid names an unknown algorithm or
/// parameter (with a suggestion) or an impossible value, and what is allowed.
Result<std::unique_ptr<const Algorithm>> make_algorithm(const AlgorithmConfig& config);

/// Every registered name, aliases included, in alphabetical order.
[[nodiscard]] std::vector<std::string> known_algorithms();

}  // namespace dk
