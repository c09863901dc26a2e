// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/config_reader.hpp"
#include "model/layer.hpp"
#include "model/layers/reshaping/frame.hpp"

#include <array>
#include <vector>

namespace dk::model {

/// Keras' UpSampling1D, 2D and 3D: each spatial axis `size` times as long. x: (s1, ..., channels)
/// or, with channels_first, (channels, s1, ...). `nearest` repeats elements. `bilinear` (2D only)
/// mixes the two neighbours of the point (i + 1/2) / size - 1/2, as TensorFlow 2 and Keras 3 do:
/// TensorFlow 1 and tfjs take i / size instead.
class UpSampling final : public UnaryLayer {
 public:
  UpSampling(ConfigReader& config, std::size_t rank);

  [[nodiscard]] nlohmann::json config() const override;
  [[nodiscard]] Placement placement() const override {
    return {.keeps_inputs = false, .keeps_outputs = false};
  }
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;

  /// The four elements that `bilinear` mixes, and how.
  struct Corners {
    std::size_t at[4];
    float weight[4];
  };

 private:
  /// Output i is (1 - part) * in[low] + part * in[high].
  struct Mix {
    std::size_t low;
    std::size_t high;
    float part;
  };

  Result<Shape> build(const Shape& input, const BuildContext& context) override;
  [[nodiscard]] static std::vector<Mix> mixes(std::size_t size, std::size_t factor);
  [[nodiscard]] Corners corners_of(const Mix& row, const Mix& column) const;
  void repeat(const float* in, float* out, std::size_t images) const;
  void sum_repeated(const float* gradient, float* in_gradient, std::size_t images) const;
  void mix(const float* in, float* out, std::size_t images) const;
  void spread_mixed(const float* gradient, float* in_gradient, std::size_t images) const;

  std::size_t rank_;
  std::vector<std::size_t> size_;
  bool channels_first_ = false;
  bool bilinear_ = false;
  SpatialAxes axes_;
  std::array<std::size_t, 3> factors_{1, 1, 1};
  std::vector<Mix> rows_;
  std::vector<Mix> columns_;
};

}  // namespace dk::model
