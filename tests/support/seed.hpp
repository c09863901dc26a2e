// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>

namespace dk::testing {

/// The seed of a random test: DK_SEED from the environment if set, so that a failure can be
/// replayed. Printed.
inline std::uint64_t test_seed(std::uint64_t otherwise) {
  const char* given = std::getenv("DK_SEED");
  const std::uint64_t seed = given ? std::strtoull(given, nullptr, 10) : otherwise;
  std::cout << "DK_SEED=" << seed << '\n';
  return seed;
}

}  // namespace dk::testing
