// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/algorithm.hpp"
#include "actors/algorithms/parameter_reader.hpp"

#include <memory>
#include <string>
#include <vector>

namespace dk {

/// The algorithm of that name with those parameters. kInvalid names an unknown algorithm or
/// parameter (with a suggestion) or an impossible value, and what is allowed.
/// `workers`: the most that the job will have. `epoch_share`: mini-batches that each of them trains
/// in an epoch, for algorithms that exchange once an epoch. Whether a config is valid depends on
/// neither, so that it can be checked before they are known.
Result<std::unique_ptr<const Algorithm>> make_algorithm(
    const AlgorithmConfig& config, std::uint32_t workers,
    std::uint32_t epoch_share = kUnknownEpochShare);

/// Every registered name, aliases included, in alphabetical order.
[[nodiscard]] std::vector<std::string> known_algorithms();

}  // namespace dk
