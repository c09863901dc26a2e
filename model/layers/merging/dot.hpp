// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/float_buffer.hpp"
#include "model/layer.hpp"
#include "model/layers/reshaping/permutation.hpp"

#include <cstdint>
#include <vector>

namespace dk::model {

/// Keras' `Dot`: the sum over axis `axes[0]` of the first and `axes[1]` of the second input (one
/// number: of both), sample by sample. The result has the other axes of the first, then those of
/// the second; (1) when there are none. `normalize` divides both by their L2 norm along these axes
/// first: the cosine.
class Dot final : public Layer {
 public:
  explicit Dot(ConfigReader& config);

  [[nodiscard]] nlohmann::json config() const override;
  Result<std::vector<Shape>> build(std::span<const Shape> inputs,
                                   const BuildContext& context) override;
  [[nodiscard]] Placement placement() const override {
    return {.keeps_inputs = false, .keeps_outputs = false};
  }
  [[nodiscard]] std::size_t workspace_floats() const override;
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;

 private:
  /// One input as a matrix for each sample: a row of the summed axis for each other element.
  struct Side {
    Permutation to_rows;
    Permutation back;
    std::size_t rows = 0;
    FloatBuffer values;    ///< The rows, normalized when asked for.
    FloatBuffer gradient;  ///< Of one sample's.
    FloatBuffer inverse_norms;
  };

  Result<void> plan(Side& side, const Shape& shape, std::size_t axis, const BuildContext& context);
  void take(Side& side, const float* in, std::size_t n) const;
  void give_back(Side& side, float* in_gradient, std::size_t sample) const;

  std::vector<std::int64_t> axes_;
  bool normalize_;
  Side sides_[2];
  std::size_t summed_ = 0;
};

}  // namespace dk::model
