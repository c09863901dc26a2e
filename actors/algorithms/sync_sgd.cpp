// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/sync_sgd.hpp"

#include "actors/algorithms/kernels.hpp"

namespace dk {

SyncSgd::SyncSgd(ParameterReader& parameters)
    : window_(parameters.count("window", 1)),
      backup_workers_(parameters.count("backup_workers", 0, 0)) {}

void SyncSgd::contribute(std::span<const float> theta, std::span<const float> theta0, std::uint32_t,
                         std::span<float> contribution) const {
  kernels::scaled_difference(contribution, theta, theta0, 1.0F);
}

void SyncSgd::accept(std::span<const float> reply, std::span<float> theta,
                     std::span<float> theta0) const {
  kernels::copy_to_both(reply, theta, theta0);
}

void SyncSgd::combine(std::span<float> centre,
                      std::span<const std::span<const float>> contributions, Slots) const {
  kernels::add_mean(centre, contributions);
}

}  // namespace dk
