// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/layers.hpp"

#include "model/layers/preprocessing/normalization.hpp"
#include "model/layers/preprocessing/rescaling.hpp"

namespace dk::model {

std::span<const LayerClass> preprocessing_layers() {
  static constexpr LayerClass kClasses[] = {
      {"Normalization", make_from_config<Normalization>},
      {"Rescaling", make_from_config<Rescaling>},
  };
  return kClasses;
}

}  // namespace dk::model
