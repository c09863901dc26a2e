// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/eamsgd.hpp"

#include "actors/algorithms/elastic_kernels.hpp"
#include "base/check.hpp"

namespace dk {

void Eamsgd::before_step(std::span<float> theta, std::span<float> theta0, Slots slots) const {
  DK_CHECK(slots.size() == 1, "a worker has the slots that its algorithm asked for");
  kernels::look_ahead(theta, theta0, slots[0], momentum_);
}

void Eamsgd::after_step(std::span<float> theta, std::span<float> theta0, Slots slots) const {
  DK_CHECK(slots.size() == 1, "a worker has the slots that its algorithm asked for");
  kernels::add_step(slots[0], theta, theta0);
}

}  // namespace dk
