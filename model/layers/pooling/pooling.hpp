// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/float_buffer.hpp"
#include "model/layer.hpp"
#include "model/layers/pooling/pool_kernels.hpp"

namespace dk::model {

/// Keras' MaxPooling1D/2D/3D and AveragePooling1D/2D/3D: y = the maximum or mean of the cells in
/// the window, for each channel by itself; padding counts for neither, as in TensorFlow.
/// x: (space..., channels), y: (positions of the window..., channels); with channels_first the
/// channels come before the space. Of several maxima the first one gets the gradient.
class Pooling final : public UnaryLayer {
 public:
  enum class Kind { kMax, kAverage };
  Pooling(ConfigReader& config, std::size_t rank, Kind kind);

  [[nodiscard]] nlohmann::json config() const override;
  [[nodiscard]] Placement placement() const override;
  [[nodiscard]] std::size_t workspace_floats() const override { return row_.span().size(); }
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;

  std::size_t rank_;
  Kind kind_;
  Window window_;
  bool channels_first_;
  PoolGeometry geometry_;
  /// Each channel of a channels_first sample is a sample of one channel.
  std::size_t parts_per_sample_ = 1;
  std::size_t channels_ = 1;
  FloatBuffer row_;
};

}  // namespace dk::model
