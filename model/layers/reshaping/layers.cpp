// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/layers.hpp"

#include "model/layers/axes.hpp"
#include "model/layers/reshaping/flatten.hpp"
#include "model/layers/reshaping/padding.hpp"
#include "model/layers/reshaping/permute.hpp"
#include "model/layers/reshaping/repeat_vector.hpp"
#include "model/layers/reshaping/reshape.hpp"
#include "model/layers/reshaping/up_sampling.hpp"

namespace dk::model {

std::span<const LayerClass> reshaping_layers() {
  static constexpr LayerClass kClasses[] = {
      {"Cropping1D", make_ranked<Cropping, 1>},
      {"Cropping2D", make_ranked<Cropping, 2>},
      {"Cropping3D", make_ranked<Cropping, 3>},
      {"Flatten", make_from_config<Flatten>},
      {"Permute", make_from_config<Permute>},
      {"RepeatVector", make_from_config<RepeatVector>},
      {"Reshape", make_from_config<Reshape>},
      {"UpSampling1D", make_ranked<UpSampling, 1>},
      {"UpSampling2D", make_ranked<UpSampling, 2>},
      {"UpSampling3D", make_ranked<UpSampling, 3>},
      {"ZeroPadding1D", make_ranked<ZeroPadding, 1>},
      {"ZeroPadding2D", make_ranked<ZeroPadding, 2>},
      {"ZeroPadding3D", make_ranked<ZeroPadding, 3>},
  };
  return kClasses;
}

}  // namespace dk::model
