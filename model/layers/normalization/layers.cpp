// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/layers.hpp"

#include "model/layers/normalization/batch_normalization.hpp"
#include "model/layers/normalization/layer_normalization.hpp"

namespace dk::model {

std::span<const LayerClass> normalization_layers() {
  static constexpr LayerClass kClasses[] = {
      {"BatchNormalization", make_from_config<BatchNormalization>},
      {"LayerNormalization", make_from_config<LayerNormalization>},
  };
  return kClasses;
}

}  // namespace dk::model
