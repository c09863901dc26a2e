// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/layers/rnn/recurrent_cell.hpp"

namespace dk::model {

/// Elman's network (1990): h' = f(x * kernel + h * recurrent_kernel + bias). bias: (units).
class SimpleRnnCell final : public RecurrentCell {
 public:
  explicit SimpleRnnCell(ConfigReader& config) : RecurrentCell(config, 1, 1) {}

  [[nodiscard]] std::string_view name() const override { return "SimpleRNN"; }
  void forward(const CellStep& step) override;
  void backward(const CellStep& step) override;
};

}  // namespace dk::model
