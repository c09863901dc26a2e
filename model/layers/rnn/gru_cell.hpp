// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/layers/rnn/recurrent_cell.hpp"

namespace dk::model {

/// Gated recurrent unit (Cho et al., 2014), with s the recurrent activation, f the activation, and
/// K, R and b the parts of kernel, recurrent_kernel and bias for each gate, side by side in the
/// order z, r, g:
///
///     z = s(x * K_z + h * R_z + b_z)        r = s(x * K_r + h * R_r + b_r)
///     g = f(x * K_g + (r * h) * R_g + b_g)                  without reset_after
///     g = f(x * K_g + b_g + r * (h * R_g + b'_g))           with reset_after, as cuDNN
///     h' = z * h + (1 - z) * g
///
/// bias: (3 * units), with reset_after (2, 3 * units): a second one b' for h * R.
class GruCell final : public RecurrentCell {
 public:
  explicit GruCell(ConfigReader& config);

  [[nodiscard]] std::string_view name() const override { return "GRU"; }
  [[nodiscard]] nlohmann::json config() const override;
  [[nodiscard]] std::vector<VariableSpec> variables(std::size_t features) const override;
  /// g, z, r, and with reset_after h * R_g + b'_g, without it r * h.
  [[nodiscard]] std::size_t row_floats() const override { return 4 * units_; }
  [[nodiscard]] bool keeps_input() const override;
  [[nodiscard]] std::span<const GateBlock> input_blocks() const override { return input_blocks_; }
  void forward(const CellStep& step) override;
  void backward(const CellStep& step) override;
  void variable_gradients(const CellStep& steps, std::span<float* const> gradients) override;

 private:
  void forward_gates(const CellStep& step);
  void forward_candidate(const CellStep& step);
  /// Gradients by z and, without what came through r, by g; h_gradient keeps its direct part.
  void backward_candidate(const CellStep& step);
  void backward_gates(const CellStep& step);
  [[nodiscard]] float* row(const CellStep& step, std::size_t sample) const {
    return step.rows + sample * row_floats();
  }
  [[nodiscard]] float* kept(const CellStep& step, std::size_t sample, std::size_t offset) const {
    return step.kept == nullptr ? nullptr : step.kept + sample * row_floats() + offset;
  }

  ActivationStage recurrent_activation_;
  bool reset_after_;
  std::vector<GateBlock> input_blocks_;
};

}  // namespace dk::model
