// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/model.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace dk::model {

/// What Keras' `model.summary()` prints, nested models expanded: every layer with its class, output
/// shape and number of parameters, for graphs also what it is connected to; then the totals, and
/// the memory that parameters and a step with a full batch take.
[[nodiscard]] std::string summary(const Model& model);
/// The same for programs.
[[nodiscard]] nlohmann::json summary_json(const Model& model);

}  // namespace dk::model
