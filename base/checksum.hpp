// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace dk {

/// XXH3, 64 bits, seed 0: finds torn and flipped bytes at memory speed. Not a defence against a
/// forger.
[[nodiscard]] std::uint64_t checksum(std::span<const std::byte> bytes);

}  // namespace dk
