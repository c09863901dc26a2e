// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/layers.hpp"

#include "model/layers/activations/elu.hpp"
#include "model/layers/activations/prelu.hpp"
#include "model/layers/activations/relu.hpp"
#include "model/layers/activations/softmax.hpp"

namespace dk::model {

std::span<const LayerClass> activation_layers() {
  static constexpr LayerClass kClasses[] = {
      {"ELU", make_from_config<Elu>},
      {"LeakyReLU", make_from_config<LeakyRelu>},
      {"PReLU", make_from_config<PRelu>},
      {"ReLU", make_from_config<Relu>},
      {"Softmax", make_from_config<Softmax>},
      {"ThresholdedReLU", make_from_config<ThresholdedRelu>},
  };
  return kClasses;
}

}  // namespace dk::model
