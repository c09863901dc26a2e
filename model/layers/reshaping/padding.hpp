// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/layer.hpp"
#include "model/layers/reshaping/frame.hpp"

namespace dk::model {

/// Keras' ZeroPadding1D, 2D and 3D: zeros before and behind each spatial axis. x: (s1, ...,
/// channels) or, with channels_first, (channels, s1, ...); y has s + before + behind of each.
class ZeroPadding final : public UnaryLayer {
 public:
  ZeroPadding(ConfigReader& config, std::size_t rank);

  [[nodiscard]] nlohmann::json config() const override;
  [[nodiscard]] Placement placement() const override {
    return {.keeps_inputs = false, .keeps_outputs = false};
  }
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;

  std::size_t rank_;
  FrameWidths padding_;
  bool channels_first_;
  Frame frame_;
};

/// Keras' Cropping1D, 2D and 3D: cuts elements off before and behind each spatial axis; at least
/// one must be left of each.
class Cropping final : public UnaryLayer {
 public:
  Cropping(ConfigReader& config, std::size_t rank);

  [[nodiscard]] nlohmann::json config() const override;
  [[nodiscard]] Placement placement() const override {
    return {.keeps_inputs = false, .keeps_outputs = false};
  }
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;

  std::size_t rank_;
  FrameWidths cropping_;
  bool channels_first_;
  Frame frame_;
};

}  // namespace dk::model
