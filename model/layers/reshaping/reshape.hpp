// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/layer.hpp"

#include <cstdint>
#include <vector>

namespace dk::model {

/// The same elements in another shape; one axis of `target_shape` may be -1: what is left for it.
/// Moves no data.
class Reshape final : public UnaryLayer {
 public:
  explicit Reshape(ConfigReader& config);

  [[nodiscard]] nlohmann::json config() const override;
  [[nodiscard]] Placement placement() const override {
    return {.view = true, .keeps_inputs = false, .keeps_outputs = false};
  }
  void forward(const ForwardPass&) override {}
  void backward(const BackwardPass&) override {}

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;

  std::vector<std::int64_t> target_;
};

}  // namespace dk::model
