// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/float_buffer.hpp"
#include "model/layer.hpp"

#include <cstdint>
#include <optional>

namespace dk::model {

/// Keras' SpatialDropout1D, 2D and 3D: Dropout of whole channels of a sample (Tompson et al.,
/// 2015). x and y: (spatial ..., channels), or with channels_first (2D and 3D) (channels, spatial
/// ...).
class SpatialDropout final : public UnaryLayer {
 public:
  SpatialDropout(ConfigReader& config, std::size_t rank);

  [[nodiscard]] nlohmann::json config() const override;
  [[nodiscard]] Placement placement() const override;
  [[nodiscard]] std::size_t workspace_floats() const override { return factors_.span().size(); }
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;
  [[nodiscard]] MaskRule mask_rule(std::span<const bool>) const override { return MaskRule::kPass; }

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;
  void drop(const float* in, float* out, std::size_t n, std::uint64_t step_seed);

  std::size_t rank_;
  double rate_;
  std::optional<std::uint64_t> seed_;
  bool channels_first_ = false;
  std::size_t channels_ = 0;
  std::size_t positions_ = 0;
  FloatBuffer factors_;  ///< Of one sample's channels.
};

}  // namespace dk::model
