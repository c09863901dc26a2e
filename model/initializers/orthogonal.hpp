// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/random.hpp"
#include "model/shape.hpp"

#include <span>

namespace dk::model {

/// Fills a matrix of all axes but the last times the last with orthonormal rows or columns,
/// whichever are fewer, times `gain` (Saxe et al., 2014): the Q of a matrix of normal numbers with
/// a positive diagonal of R, by modified Gram-Schmidt in double precision, so that the numbers are
/// the same on every machine. A shape without two axes is one row.
void fill_orthogonal(Random& random, float gain, const Shape& shape, std::span<float> values);

/// The same matrix with `gain` on its diagonal, else 0.
void fill_identity(float gain, const Shape& shape, std::span<float> values);

}  // namespace dk::model
