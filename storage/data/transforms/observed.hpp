// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/transforms/selection.hpp"

#include <cmath>

namespace dk::storage {

/// Calls `take(input, value)` for the chosen floats of each row, which must be finite. `what`, the
/// transform, stands in the message.
template <class Take>
Result<void> observe_numbers(std::string_view what, const Selection& selection, std::size_t rows,
                             std::span<const float> in, const RowName& name, const Take& take) {
  const auto& inputs = selection.inputs;
  for (std::size_t row = 0; row < rows; ++row) {
    const float* values = in.data() + row * selection.width;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const float value = values[inputs[i]];
      if (!std::isfinite(value)) {
        return fail(Errc::kInvalid, "{}: {}: {} is {}; allowed: finite numbers{}", what, name(row),
                    selection.name(inputs[i]), value,
                    std::isnan(value) ? " (put impute in front of it)" : "");
      }
      take(i, static_cast<double>(value));
    }
  }
  return {};
}

/// The same where a missing value, NaN, is passed over.
template <class Take>
Result<void> observe_present(std::string_view what, const Selection& selection, std::size_t rows,
                             std::span<const float> in, const RowName& name, const Take& take) {
  const auto& inputs = selection.inputs;
  for (std::size_t row = 0; row < rows; ++row) {
    const float* values = in.data() + row * selection.width;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const float value = values[inputs[i]];
      if (std::isnan(value)) continue;
      if (std::isinf(value)) {
        return fail(Errc::kInvalid, "{}: {}: {} is {}; allowed: finite numbers, or none", what,
                    name(row), selection.name(inputs[i]), value);
      }
      take(i, static_cast<double>(value));
    }
  }
  return {};
}

}  // namespace dk::storage
