// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/float_buffer.hpp"
#include "model/layer.hpp"

#include <memory>
#include <string>
#include <vector>

namespace dk::bench {

/// A layer on its own, with a batch of this size.
struct LayerCase {
  std::string name;
  std::string class_name;
  std::string config;  ///< Keras', as JSON.
  std::vector<model::Shape> inputs;
  std::size_t batch = 32;
  unsigned classes = 0;  ///< When not 0, inputs are class numbers below it.
};

[[nodiscard]] const std::vector<LayerCase>& layer_cases();

/// Calls one layer as a model would, every tensor in a place of its own.
class LayerRun {
 public:
  explicit LayerRun(const LayerCase& what);

  /// A pass as in `predict`.
  void forward() { pass(/*training=*/false); }
  /// A training pass, and the way back to the inputs and the variables.
  void step();
  /// Gives `step` its outputs' gradients again: a layer may overwrite them.
  void refill();

 private:
  void pass(bool training);
  float* add_buffer(std::size_t floats);

  std::unique_ptr<model::Layer> layer_;
  std::size_t batch_;
  std::vector<model::FloatBuffer> buffers_;
  std::vector<float> fresh_gradient_;
  std::vector<const float*> inputs_;
  std::vector<const float*> masks_;
  std::vector<float*> outputs_;
  std::vector<float*> out_gradients_;
  std::vector<float*> in_gradients_;
  std::vector<float*> variables_;
  std::vector<float*> gradients_;
};

}  // namespace dk::bench
