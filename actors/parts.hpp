// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/defaults.hpp"

#include <algorithm>
#include <cstdint>

namespace dk {

/// How a range of floats is cut into the parts that travel: equal ones, on 64-byte boundaries.
class Parts {
 public:
  explicit Parts(std::uint64_t floats) : floats_(floats) {
    const auto wanted =
        std::max<std::uint64_t>(1, (floats + defaults::kPartFloats - 1) / defaults::kPartFloats);
    part_floats_ = std::max<std::uint64_t>(16, ((floats + wanted - 1) / wanted + 15) / 16 * 16);
  }

  [[nodiscard]] std::uint32_t count() const {
    return static_cast<std::uint32_t>(
        std::max<std::uint64_t>(1, (floats_ + part_floats_ - 1) / part_floats_));
  }
  /// Floats of the largest part.
  [[nodiscard]] std::uint64_t largest() const { return part_floats_; }
  [[nodiscard]] std::uint64_t offset(std::uint32_t part) const { return part * part_floats_; }
  [[nodiscard]] std::uint64_t size(std::uint32_t part) const {
    return std::min(part_floats_, floats_ - offset(part));
  }

 private:
  std::uint64_t floats_;
  std::uint64_t part_floats_ = 0;
};

}  // namespace dk
