// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/random.hpp"
#include "model/keras/read_json.hpp"
#include "model/model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace dk::model {

inline Architecture layers(const std::string& list) {
  auto architecture = read_layer_list(nlohmann::json::parse(list), "test");
  if (!architecture) throw std::runtime_error(architecture.error().message);
  return *architecture;
}

inline std::unique_ptr<Model> built(const Architecture& architecture, const CompileConfig& config) {
  auto model = Model::build(architecture, config);
  if (!model) throw std::runtime_error(model.error().message);
  return std::move(*model);
}

inline std::vector<float> random_floats(std::size_t size, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> values(size);
  for (float& value : values) value = random.normal();
  return values;
}

/// dist-keras' MNIST model.
inline Architecture mnist_mlp() {
  return layers(R"([{"Dense": {"units": 1000, "activation": "relu", "input_shape": [784]}},
                    {"Dense": {"units": 250, "activation": "relu"}},
                    {"Dense": {"units": 10, "activation": "softmax"}}])");
}

}  // namespace dk::model
