// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/layers/rnn/recurrent_cell.hpp"

namespace dk::model {

/// Long short-term memory (Hochreiter and Schmidhuber, 1997; Gers et al., 2000), with s the
/// recurrent activation and f the activation:
///
///     i, f, g, o = s, s, f, s of (x * kernel + h * recurrent_kernel + bias)
///     c' = f * c + i * g
///     h' = o * f(c')
///
/// The gates lie side by side in this order, Keras', in the kernels and in the bias (4 * units).
class LstmCell final : public RecurrentCell {
 public:
  explicit LstmCell(ConfigReader& config);

  [[nodiscard]] std::string_view name() const override { return "LSTM"; }
  [[nodiscard]] nlohmann::json config() const override;
  [[nodiscard]] std::vector<VariableSpec> variables(std::size_t features) const override;
  [[nodiscard]] bool keeps_input() const override;
  void forward(const CellStep& step) override;
  void backward(const CellStep& step) override;

 private:
  void forward_sample(const CellStep& step, std::size_t sample);
  void backward_sample(const CellStep& step, std::size_t sample);

  ActivationStage recurrent_activation_;
  bool unit_forget_bias_;
};

}  // namespace dk::model
