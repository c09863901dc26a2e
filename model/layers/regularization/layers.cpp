// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/layers.hpp"

#include "model/layers/axes.hpp"
#include "model/layers/regularization/alpha_dropout.hpp"
#include "model/layers/regularization/dropout.hpp"
#include "model/layers/regularization/noise.hpp"
#include "model/layers/regularization/spatial_dropout.hpp"

namespace dk::model {

std::span<const LayerClass> regularization_layers() {
  static constexpr LayerClass kClasses[] = {
      {"AlphaDropout", make_from_config<AlphaDropout>},
      {"Dropout", make_from_config<Dropout>},
      {"GaussianDropout", make_from_config<GaussianDropout>},
      {"GaussianNoise", make_from_config<GaussianNoise>},
      {"SpatialDropout1D", make_ranked<SpatialDropout, 1>},
      {"SpatialDropout2D", make_ranked<SpatialDropout, 2>},
      {"SpatialDropout3D", make_ranked<SpatialDropout, 3>},
  };
  return kClasses;
}

}  // namespace dk::model
