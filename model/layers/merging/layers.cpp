// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/layers.hpp"

#include "model/layers/merging/concatenate.hpp"
#include "model/layers/merging/dot.hpp"
#include "model/layers/merging/merge.hpp"

namespace dk::model {

std::span<const LayerClass> merging_layers() {
  static constexpr LayerClass kClasses[] = {
      {"Add", make_add},
      {"Average", make_average},
      {"Concatenate", make_from_config<Concatenate>},
      {"Dot", make_from_config<Dot>},
      {"Maximum", make_maximum},
      {"Minimum", make_minimum},
      {"Multiply", make_multiply},
      {"Subtract", make_subtract},
  };
  return kClasses;
}

}  // namespace dk::model
