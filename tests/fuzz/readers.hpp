// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/keras/model_file.hpp"
#include "model/keras/read_json.hpp"

#include <cstdint>
#include <cstdlib>
#include <memory>

namespace dk::fuzz {

inline std::span<const std::byte> bytes_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const std::byte*>(data), size};
}

/// The model that the seeds are of.
inline model::Architecture small_architecture() {
  const auto list = nlohmann::json::parse(R"([
    {"Dense": {"units": 3, "input_shape": [4], "activation": "relu"}},
    "BatchNormalization",
    {"Dropout": {"rate": 0.5}},
    {"Dense": {"units": 2, "activation": "softmax"}}])");
  return model::read_layer_list(list, "seed").value();
}

inline std::unique_ptr<model::Model> small_model() {
  auto model = model::Model::build(small_architecture(), {});
  if (!model) std::abort();
  (*model)->initialize(1);
  return std::move(*model);
}

/// Reads the bytes as a model file and gives what was read to the small model and its optimizer:
/// may fail, and may not crash.
inline void read_and_load(const std::uint8_t* data, std::size_t size) {
  static const auto model = small_model();
  static const auto optimizer = model::make_optimizer("adam", model->layout()).value();
  const auto file = model::read_model_bytes(bytes_of(data, size), "fuzz");
  if (!file) {
    if (file.error().message.empty()) std::abort();
    return;
  }
  if (file->weights) static_cast<void>(model::load_weights(*file->weights, *model));
  if (file->optimizer) {
    static_cast<void>(model::load_optimizer(*file->optimizer, model->layout(), *optimizer));
  }
}

}  // namespace dk::fuzz
