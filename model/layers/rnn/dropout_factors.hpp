// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace dk::model {

/// factors[i] = 1 / (1 - rate) with probability 1 - rate, else 0: inverted dropout of what they are
/// multiplied with. The same for the same seed.
void fill_dropout_factors(float* factors, std::size_t size, double rate, std::uint64_t seed);

}  // namespace dk::model
