// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/activations/activation.hpp"
#include "model/config_reader.hpp"
#include "model/layer.hpp"

namespace dk::model {

/// Keras' `Activation`: y = f(x), softmax over the last axis; the shape stays.
class ActivationLayer final : public Layer {
 public:
  explicit ActivationLayer(ConfigReader& config);

  [[nodiscard]] nlohmann::json config() const override;
  Result<Shape> build(const Shape& input, std::size_t max_batch) override;
  const float* forward(const ForwardPass& pass) override;
  float* backward(const BackwardPass& pass) override;
  bool drop_softmax() override;

 private:
  const Activation* activation_;
  std::size_t width_ = 0;
  std::size_t rows_per_sample_ = 1;
};

}  // namespace dk::model
