// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/checksum.hpp"

#include <xxhash.h>

namespace dk {

std::uint64_t checksum(std::span<const std::byte> bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace dk
