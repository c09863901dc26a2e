// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/shape.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace dk::model {

/// One layer as Keras writes it: `Dense`, `dense_1`, `{"units": 10, ...}`. The config has every key
/// of the layer that has an effect, and not its name.
struct LayerSpec {
  std::string class_name;
  std::string name;
  nlohmann::json config = nlohmann::json::object();

  bool operator==(const LayerSpec&) const = default;
};

/// A Keras Sequential model without its weights. Readers in `model/keras/` make it;
/// `Model::build` checks that the layers fit.
struct Architecture {
  std::string name = "sequential";
  /// Of one sample, without the batch axis.
  Shape input_shape;
  std::vector<LayerSpec> layers;

  bool operator==(const Architecture&) const = default;
};

}  // namespace dk::model
