// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace dk::model {

/// The sizes of a tensor's axes, outermost first, row major. Shapes of samples have no batch axis.
using Shape = std::vector<std::size_t>;

/// The most elements that one sample, one variable or one model's parameters may have.
inline constexpr std::size_t kMaxElements = std::size_t{1} << 31;

/// The product of the axes; kInvalid when an axis is 0 or the product is above kMaxElements.
[[nodiscard]] Result<std::size_t> element_count(const Shape& shape);

/// As Python prints it: `(784,)`, `(28, 28)`.
[[nodiscard]] std::string to_string(const Shape& shape);

}  // namespace dk::model
