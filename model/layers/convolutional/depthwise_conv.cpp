// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/convolutional/depthwise_conv.hpp"

namespace dk::model {

DepthwiseConv::DepthwiseConv(ConfigReader& config, std::size_t rank)
    : DirectConvolution(config, rank, false, "depthwise", "depthwise_kernel"),
      multiplier_(config.count("depth_multiplier", 1)) {
  // Keras 2 writes its base class' settings too.
  config.only("groups", 1);
  config.ignore({"kernel_initializer", "kernel_regularizer", "kernel_constraint"});
}

nlohmann::json DepthwiseConv::config() const {
  nlohmann::json config = common_config();
  config["depth_multiplier"] = multiplier_;
  write_kernel(config);
  return config;
}

Result<Shape> DepthwiseConv::build(const Shape& input, const BuildContext& context) {
  DK_TRY_ASSIGN(const Extent extent, extent_of(input));
  DK_TRY(element_count({extent.channels, multiplier_}));
  return plan(extent, {extent.channels, multiplier_}, extent.channels,
              extent.channels * multiplier_, context);
}

}  // namespace dk::model
