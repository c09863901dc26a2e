// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/layers/convolutional/window.hpp"
#include "model/layers/read_config.hpp"
#include "model/onednn/convolution.hpp"

namespace dk::model {

/// What Keras' convolutional layers over `rank` axes have in common: the window, the data format,
/// and y = f(z + bias) after the convolution z. The bias has a value for each channel; f is applied
/// to the last axis, also with channels_first, as in Keras.
class ConvolutionLayer : public UnaryLayer {
 public:
  [[nodiscard]] Placement placement() const override;
  bool drop_activation(std::string_view name) override { return activation_.drop(name); }

 protected:
  ConvolutionLayer(ConfigReader& config, std::size_t rank, bool causal_allowed);

  /// The common keys.
  [[nodiscard]] nlohmann::json common_config() const;
  [[nodiscard]] std::size_t rank() const { return rank_; }
  [[nodiscard]] const Window& window() const { return window_; }
  [[nodiscard]] bool channels_first() const { return channels_first_; }

  [[nodiscard]] Result<Extent> extent_of(const Shape& input) const {
    return Extent::of(input, rank_, channels_first_);
  }
  /// The shape of the layer's output.
  Result<Shape> plan_output(const Extent& output, const BuildContext& context);
  /// From `input` by the window to `fit`, with both sides' data format.
  [[nodiscard]] onednn::ConvolutionShape convolution(const Extent& input, const Window::Fit& fit,
                                                     std::size_t out_channels) const;
  /// Adds the bias' variable.
  void append_bias(std::vector<VariableSpec>& variables) const;
  [[nodiscard]] bool use_bias() const { return use_bias_; }
  [[nodiscard]] std::size_t stage_floats() const { return activation_.workspace_floats(); }

  /// Whether the convolution had better add the bias by itself: nothing else is to be done in a
  /// pass over the output.
  [[nodiscard]] bool bias_in_convolution() const {
    return use_bias_ && (channels_first_ || activation_.is_linear());
  }
  /// y = f(y + bias), or f(y) for a nullptr.
  void finish(float* y, const float* bias, std::size_t n);
  /// y_gradient *= f'(z), bias_gradient (nullptr: unwanted) = its sum.
  void finish_backward(const float* y, float* y_gradient, float* bias_gradient, std::size_t n);

 private:
  std::size_t rank_;
  Window window_;
  bool channels_first_;
  bool use_bias_;
  ActivationStage activation_;
  VariableConfig bias_;
  Extent output_;
  std::size_t rows_per_sample_ = 1;
};

}  // namespace dk::model
