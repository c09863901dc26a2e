// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/float_buffer.hpp"
#include "model/layer.hpp"
#include "model/layers/convolutional/window.hpp"

namespace dk::model {

/// Keras' GlobalMaxPooling1D/2D/3D and GlobalAveragePooling1D/2D/3D: y = the maximum or mean over
/// the whole space, for each channel. x: (space..., channels), or channels first; y: (channels),
/// with keepdims the space's axes stay, of size 1. GlobalAveragePooling1D counts only the steps
/// that its mask lets through, and is NaN without any, as in Keras. Several maxima share the
/// gradient equally, as in TensorFlow.
class GlobalPooling final : public UnaryLayer {
 public:
  enum class Kind { kMax, kAverage };
  GlobalPooling(ConfigReader& config, std::size_t rank, Kind kind);

  [[nodiscard]] nlohmann::json config() const override;
  [[nodiscard]] Placement placement() const override;
  [[nodiscard]] std::size_t workspace_floats() const override { return row_.span().size(); }
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;
  /// The mask of a sample's part, or nullptr.
  [[nodiscard]] const float* mask_of(const float* masks, std::size_t part) const;

  std::size_t rank_;
  Kind kind_;
  bool keepdims_;
  bool channels_first_;
  /// Each channel of a channels_first sample is a sample of one channel.
  std::size_t parts_per_sample_ = 1;
  std::size_t cells_ = 1;
  std::size_t channels_ = 1;
  FloatBuffer row_;
};

}  // namespace dk::model
