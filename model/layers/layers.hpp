// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/layer.hpp"

#include <memory>
#include <span>
#include <string_view>

namespace dk::model {

/// A layer class: Keras' name, and how its config is read. A factory reports problems to the
/// reader, which is asked afterwards.
struct LayerClass {
  std::string_view name;
  std::unique_ptr<Layer> (*make)(ConfigReader& config);
};

template <class T>
std::unique_ptr<Layer> make_from_config(ConfigReader& config) {
  return std::make_unique<T>(config);
}

/// The classes of each folder, as Keras sorts them.
[[nodiscard]] std::span<const LayerClass> activation_layers();
[[nodiscard]] std::span<const LayerClass> attention_layers();
[[nodiscard]] std::span<const LayerClass> convolutional_layers();
[[nodiscard]] std::span<const LayerClass> core_layers();
[[nodiscard]] std::span<const LayerClass> merging_layers();
[[nodiscard]] std::span<const LayerClass> normalization_layers();
[[nodiscard]] std::span<const LayerClass> pooling_layers();
[[nodiscard]] std::span<const LayerClass> preprocessing_layers();
[[nodiscard]] std::span<const LayerClass> regularization_layers();
[[nodiscard]] std::span<const LayerClass> reshaping_layers();
[[nodiscard]] std::span<const LayerClass> rnn_layers();

}  // namespace dk::model
