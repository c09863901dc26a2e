// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/layer.hpp"

#include <vector>

namespace dk::model {

/// The inputs one behind the other along `axis` (Keras': 1 is the sample's first, -1 its last), the
/// other axes being equal. A mask of steps (axis 1): along that axis the inputs' masks one behind
/// the other, 1 for an input without one; else the product of them (Keras 2).
class Concatenate final : public Layer {
 public:
  explicit Concatenate(ConfigReader& config);

  [[nodiscard]] nlohmann::json config() const override { return {{"axis", axis_}}; }
  Result<std::vector<Shape>> build(std::span<const Shape> inputs,
                                   const BuildContext& context) override;
  [[nodiscard]] Placement placement() const override {
    return {.keeps_inputs = false, .keeps_outputs = false};
  }
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;
  [[nodiscard]] MaskRule mask_rule(std::span<const bool> masked) const override;
  void make_mask(const ForwardPass& pass, float* mask) override;
  [[nodiscard]] Shape mask_shape() const override { return {output_.front()}; }

 private:
  std::int64_t axis_;
  std::vector<Shape> inputs_;
  Shape output_;
  bool along_steps_ = false;
  std::size_t outer_ = 1;
  std::vector<std::size_t> lengths_;  ///< What each input adds to an outer row.
  std::size_t row_ = 0;
};

}  // namespace dk::model
