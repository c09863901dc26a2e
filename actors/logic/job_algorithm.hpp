// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/registry.hpp"

#include <algorithm>
#include <limits>
#include <memory>

namespace dk {

/// The algorithm of a job with `samples` in an epoch.
inline Result<std::shared_ptr<const Algorithm>> make_job_algorithm(const JobSpec& spec,
                                                                   std::uint64_t samples) {
  const std::uint64_t per_round = std::uint64_t{spec.workers_max} * spec.batch_size;
  const auto share = std::clamp<std::uint64_t>((samples + per_round - 1) / per_round, 1,
                                               std::numeric_limits<std::uint32_t>::max());
  DK_TRY_ASSIGN(auto algorithm, make_algorithm(spec.algorithm, spec.workers_max,
                                               static_cast<std::uint32_t>(share)));
  return std::shared_ptr<const Algorithm>(std::move(algorithm));
}

}  // namespace dk
