// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "model/model.hpp"
#include "model/optimizers/optimizer.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace dk::model {

/// Weights as a file has them, before they are matched to a model.
struct StoredWeights {
  /// How Keras finds them.
  enum class Kind {
    kLayers,  ///< Layer after layer, in order: HDF5 of Keras 1 and 2.
    kPaths,   ///< By attribute: `layers/dense`, with its variables in order: Keras 3.
    kList,    ///< One list, in the order of `get_weights()`: NPZ.
    kFlat,    ///< One tensor: our whole flat vector.
  };
  struct Group {
    std::string name;  ///< Of the layer, or the path.
    std::vector<Weight> weights;
  };

  Kind kind = Kind::kList;
  std::string source;  ///< For messages.
  std::vector<Group> groups;
  bool keras_1 = false;  ///< Kernels and gates lie as in Keras 1.
  bool theano = false;   ///< Convolutions are flipped.
};

/// An optimizer's variables as a file has them, in its order. Keras' counters of steps are whole
/// numbers, so one-value variables are kept as numbers too.
struct StoredOptimizer {
  struct Variable {
    Weight weight;
    double number = 0;
  };

  std::string source;
  /// Keras' serialized optimizer, or null.
  nlohmann::json config = nullptr;
  std::vector<Variable> variables;
  bool by_path = false;  ///< Keras 3's order; the names say nothing.
};

/// Gives a model the weights of a file. kInvalid names the layer and variable that do not fit, with
/// both shapes; then nothing was changed.
[[nodiscard]] Result<void> load_weights(const StoredWeights& stored, Model& model);

/// Gives an optimizer, made for the trainable variables of `layout`, its slots and steps (and
/// learning rate, when it has no schedule). kInvalid says what does not fit.
[[nodiscard]] Result<void> load_optimizer(const StoredOptimizer& stored, const Layout& layout,
                                          Optimizer& optimizer);

/// A slot of a trainable variable, both by number.
struct SlotPlace {
  std::size_t slot = 0;
  std::size_t variable = 0;
};
/// All of them in the order of Keras 2.11 to 3.
[[nodiscard]] std::vector<SlotPlace> keras_slot_order(std::string_view class_name,
                                                      std::size_t slots, std::size_t variables);

/// Keras' paths in `.keras` and `.weights.h5` files, where variables lie in `PATH/vars/0, 1 ...`.
struct VariablePath {
  std::string group;         ///< `layers/lstm/cell`
  std::size_t index = 0;     ///< Within it.
  std::size_t variable = 0;  ///< In `layout().variables()`.
};
/// In Keras' order.
[[nodiscard]] std::vector<VariablePath> keras_paths(const Architecture& architecture,
                                                    const Layout& layout,
                                                    std::span<const std::size_t> order);

/// The variables of each of the model's own layers, nested models whole, in the order of HDF5
/// files: those that learn first.
struct LayerVariables {
  const LayerSpec* layer = nullptr;
  std::vector<std::size_t> variables;  ///< In `layout().variables()`.
};
[[nodiscard]] std::vector<LayerVariables> variables_by_layer(const Architecture& architecture,
                                                             const Layout& layout,
                                                             std::span<const std::size_t> order);

/// Brings the weights of one layer from Keras 1's form into that since Keras 2, and those of any
/// Keras from Theano's into TensorFlow's.
void convert_weights(const LayerSpec& layer, bool keras_1, bool theano,
                     std::vector<Weight>& weights);

}  // namespace dk::model
