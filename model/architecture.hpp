// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/shape.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace dk::model {

struct Architecture;

/// A Keras Input. Values are float32, whatever `dtype` (written back as read) says; indices and
/// class numbers are exact up to 2^24.
struct InputSpec {
  std::string name;
  Shape shape;  ///< Of one sample, without the batch axis.
  std::string dtype = "float32";

  bool operator==(const InputSpec&) const = default;
};

/// One layer as Keras writes it: `Dense`, `dense_1`, `{"units": 10, ...}`. The config has every key
/// of the layer that has an effect, and neither its name nor `trainable`.
struct LayerSpec {
  std::string class_name;
  std::string name;
  nlohmann::json config = nlohmann::json::object();
  bool trainable = true;
  /// The model that is used as a layer; then class_name is `Sequential` or `Functional`, and the
  /// config is empty.
  std::shared_ptr<const Architecture> model{};

  bool operator==(const LayerSpec& other) const;
};

/// Where a tensor comes from: the model's input number `source`, or, counted on from the inputs,
/// the call number `source - inputs.size()`; of that call the output number `output`.
struct TensorRef {
  std::uint32_t source = 0;
  std::uint32_t output = 0;

  bool operator==(const TensorRef&) const = default;
};

/// One use of a layer (Keras' node). A shared layer has several.
struct CallSpec {
  std::uint32_t layer = 0;  ///< Index in `layers`.
  std::vector<TensorRef> inputs;

  bool operator==(const CallSpec&) const = default;
};

/// A Keras model without its weights: a Sequential is the graph that it stands for. Calls come
/// after the calls that they take tensors from. Readers in `model/keras/` and the builders in
/// `model/sequential.hpp` and `model/functional.hpp` make it; `Model::build` checks that the layers
/// fit.
struct Architecture {
  std::string name = "sequential";
  bool sequential = true;  ///< Written back as Keras' Sequential: one input, layer after layer.
  bool trainable = true;
  std::vector<InputSpec> inputs;
  std::vector<LayerSpec> layers;  ///< In Keras' order of weights; inputs are not among them.
  std::vector<CallSpec> calls;
  std::vector<TensorRef> outputs;

  /// Appends a layer that takes the present output, or the input, and becomes the output.
  void append(LayerSpec layer);
  /// Of output `index`, as Keras names it: that of the layer it comes from.
  [[nodiscard]] const std::string& output_name(std::size_t index) const;

  bool operator==(const Architecture&) const = default;
};

}  // namespace dk::model
