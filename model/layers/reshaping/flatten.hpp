// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/layer.hpp"
#include "model/layers/reshaping/permutation.hpp"

namespace dk::model {

/// (a, b, ...) becomes (a * b * ...), without moving data. With channels_first, (channels, b, ...)
/// is taken as (b, ..., channels), as Keras does so that Dense layers see one order only.
class Flatten final : public UnaryLayer {
 public:
  explicit Flatten(ConfigReader& config);

  [[nodiscard]] nlohmann::json config() const override;
  [[nodiscard]] Placement placement() const override;
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;

  bool channels_first_;
  Permutation to_channels_last_;
  Permutation to_channels_first_;
};

}  // namespace dk::model
