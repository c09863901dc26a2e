// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/architecture.hpp"

#include <string>

namespace dk::model {

/// The text that Keras 2 writes with `to_json()` and reads with `model_from_json`.
/// `read_keras_json` gives back the same architecture.
[[nodiscard]] std::string write_keras_json(const Architecture& architecture);

}  // namespace dk::model
