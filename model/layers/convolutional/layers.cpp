// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/layers.hpp"

#include "model/layers/convolutional/conv.hpp"
#include "model/layers/convolutional/conv_transpose.hpp"
#include "model/layers/convolutional/depthwise_conv.hpp"
#include "model/layers/convolutional/separable_conv.hpp"

namespace dk::model {
namespace {

template <class T, std::size_t rank>
std::unique_ptr<Layer> make(ConfigReader& config) {
  return std::make_unique<T>(config, rank);
}

}  // namespace

std::span<const LayerClass> convolutional_layers() {
  static constexpr LayerClass kClasses[] = {
      {"Conv1D", make<Conv, 1>},
      {"Conv1DTranspose", make<ConvTranspose, 1>},
      {"Conv2D", make<Conv, 2>},
      {"Conv2DTranspose", make<ConvTranspose, 2>},
      {"Conv3D", make<Conv, 3>},
      {"Conv3DTranspose", make<ConvTranspose, 3>},
      {"Convolution1D", make<Conv, 1>},
      {"Convolution1DTranspose", make<ConvTranspose, 1>},
      {"Convolution2D", make<Conv, 2>},
      {"Convolution2DTranspose", make<ConvTranspose, 2>},
      {"Convolution3D", make<Conv, 3>},
      {"Convolution3DTranspose", make<ConvTranspose, 3>},
      {"DepthwiseConv1D", make<DepthwiseConv, 1>},
      {"DepthwiseConv2D", make<DepthwiseConv, 2>},
      {"SeparableConv1D", make<SeparableConv, 1>},
      {"SeparableConv2D", make<SeparableConv, 2>},
      {"SeparableConvolution1D", make<SeparableConv, 1>},
      {"SeparableConvolution2D", make<SeparableConv, 2>},
  };
  return kClasses;
}

}  // namespace dk::model
