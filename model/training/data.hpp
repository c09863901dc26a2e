// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/model.hpp"

#include <span>

namespace dk::model {

/// Samples in memory, as `Model` takes them: `input_size()` floats of x and `target_size()` floats
/// of y each. The owner keeps them alive.
struct Data {
  std::span<const float> x;
  std::span<const float> y;
  /// One per sample, or none.
  std::span<const float> sample_weights{};
};

/// How many samples; kInvalid when there are none, or x, y and the weights do not fit the model or
/// one another. `what` stands in front of the message.
[[nodiscard]] Result<std::size_t> count_samples(const Model& model, const Data& data,
                                                std::string_view what);

/// `count` samples from `first` on.
[[nodiscard]] Data rows(const Model& model, const Data& data, std::size_t first, std::size_t count);

}  // namespace dk::model
