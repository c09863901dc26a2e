// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/float_buffer.hpp"
#include "model/graph/network.hpp"

#include <limits>

namespace dk::model {

inline constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

/// A model's input or a call's output. Views of one tensor have one root; what is said of values
/// and gradients is said of roots only.
struct NetworkTensor {
  Shape shape;
  std::size_t floats = 0;              ///< Per sample.
  std::size_t call = kNone;            ///< That makes it; kNone for a model's input.
  std::size_t root = 0;                ///< The tensor that it is a view of, or itself.
  std::size_t mask = kNone;            ///< Index in `masks`.
  std::vector<std::size_t> readers{};  ///< Calls, ascending; twice where it is read twice.
  bool is_output = false;
  bool is_trained = false;  ///< Its gradient is wanted.
  bool is_kept = false;     ///< Its values are needed on the way back.
  std::size_t value_block = kNone;
  std::size_t gradient_block = kNone;
  const float* value = nullptr;
  float* gradient = nullptr;
};

/// to += from, after a call's way back: the second and later gradients of one tensor or variable.
struct Addition {
  const float* from = nullptr;
  float* to = nullptr;
  std::size_t floats = 0;  ///< In all, or per sample.
  bool per_sample = true;
};

struct NetworkCall {
  std::unique_ptr<Layer> layer;
  std::size_t flat_layer = 0;
  std::vector<std::size_t> inputs;   ///< Tensors.
  std::vector<std::size_t> outputs;  ///< Tensors.
  Placement placement;
  std::size_t made_mask = kNone;
  std::vector<VariableSpec> variables;
  bool goes_back = false;

  // Where everything is, for the passes.
  std::vector<const float*> in;
  std::vector<const float*> masks;
  std::vector<float*> out;
  std::vector<const float*> results;
  std::vector<float*> out_gradients;
  std::vector<float*> in_gradients;
  std::vector<float*> values;
  std::vector<float*> gradients;
  std::vector<Addition> additions;
};

struct NetworkMask {
  Shape shape;             ///< Of a sample's.
  std::size_t floats = 0;  ///< Per sample.
  float* values = nullptr;
};

/// An activation that the loss took over.
struct DroppedActivation {
  std::size_t tensor = 0;
  std::string name;
};

struct NetworkState {
  BuildContext context;
  std::vector<std::string> input_names;
  std::vector<std::string> class_names;  ///< Of the flat layers.
  std::vector<std::string> paths;        ///< Of the flat layers.
  std::vector<NetworkTensor> tensors;    ///< The inputs first.
  std::vector<NetworkCall> calls;
  std::vector<NetworkMask> masks;
  std::vector<std::size_t> outputs;  ///< Tensors.
  std::vector<float*> output_gradients;
  std::vector<Addition> output_additions;
  std::vector<DroppedActivation> dropped;
  /// Pointers in `calls` that lead to a model's input.
  std::vector<std::pair<const float**, std::size_t>> input_pointers;
  double activity_penalty = 0;
  FloatBuffer arena;
  FloatBuffer mask_arena;

  [[nodiscard]] NetworkTensor& root(std::size_t tensor) { return tensors[tensors[tensor].root]; }
};

/// Decides which tensors are trained and kept, gives every tensor its memory and fills in the
/// pointers of all calls but those to variables.
Result<void> place_tensors(NetworkState& state,
                           std::span<const std::vector<std::size_t>> variable_places,
                           std::span<const Variable> variables, std::span<float> parameters,
                           std::span<float> gradients);

}  // namespace dk::model
