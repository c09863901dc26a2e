// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "apps/dk-submit/confusion.hpp"
#include "model/model.hpp"
#include "storage/data/dataset.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace dk::submit {

struct Evaluation {
  double loss = 0;
  std::uint64_t samples = 0;
  std::vector<model::MetricValue> metrics{};
  /// Of a model of one output, when every target is a class: its number, 0 or 1 for an output of
  /// one number, or one-hot.
  std::optional<Confusion> classes{};
  /// The classes' own names, or none.
  std::vector<std::string> class_names{};
};

/// The model's loss and metrics over a data set, and which classes it takes for which; `done` is
/// told of the samples of each batch. kInvalid when the model has no loss, the sizes do not fit, or
/// a class number is none of the model's.
[[nodiscard]] Result<Evaluation> evaluate(model::Model& model, const storage::Dataset& data,
                                          const ClassRule& rule,
                                          const std::function<void(std::size_t)>& done = {});

}  // namespace dk::submit
