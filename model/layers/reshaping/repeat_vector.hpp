// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/layer.hpp"

namespace dk::model {

/// x: (features) becomes y: (n, features), n times the same row.
class RepeatVector final : public UnaryLayer {
 public:
  explicit RepeatVector(ConfigReader& config) : times_(config.count("n")) {}

  [[nodiscard]] nlohmann::json config() const override { return {{"n", times_}}; }
  [[nodiscard]] Placement placement() const override {
    return {.keeps_inputs = false, .keeps_outputs = false};
  }
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;

 private:
  Result<Shape> build(const Shape& input, const BuildContext& context) override;

  std::size_t times_;
  std::size_t features_ = 0;
};

}  // namespace dk::model
