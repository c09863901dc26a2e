// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/layers.hpp"

#include "model/layers/core/activation_layer.hpp"
#include "model/layers/core/dense.hpp"
#include "model/layers/core/embedding.hpp"
#include "model/layers/core/masking.hpp"

namespace dk::model {

std::span<const LayerClass> core_layers() {
  static constexpr LayerClass kClasses[] = {
      {"Activation", make_from_config<ActivationLayer>},
      {"Dense", make_from_config<Dense>},
      {"Embedding", make_from_config<Embedding>},
      {"Masking", make_from_config<Masking>},
  };
  return kClasses;
}

}  // namespace dk::model
