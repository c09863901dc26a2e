// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/worker_pace.hpp"

#include <algorithm>

namespace dk {
namespace {

/// The weight of the newest update.
constexpr double kNewest = 0.2;
/// Reports come in batches: two updates in one count as this far apart.
constexpr std::chrono::duration<double> kLeast{1e-3};

}  // namespace

void WorkerPace::finished(std::uint64_t samples, std::uint64_t updates, TimePoint now) {
  if (last_ != TimePoint{}) {
    const auto seconds = std::max<std::chrono::duration<double>>(now - last_, kLeast).count();
    // Of the time per sample, which is what can be averaged.
    const auto per_sample = seconds / static_cast<double>(std::max<std::uint64_t>(samples, 1));
    rate_ = rate_ == 0 ? 1 / per_sample : 1 / ((1 - kNewest) / rate_ + kNewest * per_sample);
    staleness_ = updates > updates_ ? updates - updates_ - 1 : 0;
  }
  last_ = now;
  updates_ = updates;
}

}  // namespace dk
