// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/write_json.hpp"

namespace dk::model {

std::string write_keras_json(const Architecture& architecture) {
  using nlohmann::json;
  json batch_shape = json::array({nullptr});
  for (const std::size_t axis : architecture.input_shape) batch_shape.push_back(axis);
  json layers = json::array();
  layers.push_back({{"class_name", "InputLayer"},
                    {"config",
                     {{"batch_input_shape", std::move(batch_shape)},
                      {"dtype", "float32"},
                      {"name", architecture.name + "_input"},
                      {"ragged", false},
                      {"sparse", false}}}});
  for (const LayerSpec& spec : architecture.layers) {
    json config = spec.config;
    config["name"] = spec.name;
    config["dtype"] = "float32";
    config["trainable"] = true;
    layers.push_back({{"class_name", spec.class_name}, {"config", std::move(config)}});
  }
  const json root = {{"class_name", "Sequential"},
                     {"config", {{"layers", std::move(layers)}, {"name", architecture.name}}},
                     {"backend", "tensorflow"},
                     {"keras_version", "2.11.0"}};
  return root.dump(-1, ' ', /*ensure_ascii=*/false, json::error_handler_t::replace);
}

}  // namespace dk::model
