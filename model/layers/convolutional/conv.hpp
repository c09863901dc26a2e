// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/layers/convolutional/direct_convolution.hpp"

namespace dk::model {

/// Keras' Conv1D, Conv2D and Conv3D. x: (space..., in), kernel: (kernel_size..., in / groups,
/// filters), bias: (filters), y: (positions of the window..., filters); with channels_first the
/// channels of x and y come before the space.
class Conv final : public DirectConvolution {
 public:
  Conv(ConfigReader& config, std::size_t rank);

  [[nodiscard]] nlohmann::json config() const override;

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;

  std::size_t filters_;
  std::size_t groups_;
};

}  // namespace dk::model
