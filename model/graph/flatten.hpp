// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "model/architecture.hpp"

#include <string>
#include <vector>

namespace dk::model {

/// A layer of a model whose nested models were put in place of their layers.
struct FlatLayer {
  std::string path;  ///< Names from the outermost model in: `encoder/dense`.
  const LayerSpec* spec = nullptr;
  bool trainable = true;  ///< With all the models around it.
};

/// One call of a flat layer. Tensors are numbered as in Architecture, over the flat calls.
struct FlatCall {
  std::size_t layer = 0;
  std::vector<TensorRef> inputs;
};

/// An Architecture without nested models, and without calls that lead to no output. Points into the
/// architecture.
struct FlatGraph {
  std::vector<FlatLayer> layers;  ///< In Keras' order of weights.
  std::vector<FlatCall> calls;
  std::vector<TensorRef> outputs;
};

/// kInvalid when a reference leads nowhere or forward, two layers have one name, a layer is never
/// used, or all calls together are more than `kMaxCalls`.
[[nodiscard]] Result<FlatGraph> flatten(const Architecture& architecture);

inline constexpr std::size_t kMaxCalls = 20'000;

}  // namespace dk::model
