// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/layers/rnn/recurrent_cell.hpp"

#include <memory>
#include <optional>
#include <string>

namespace dk::model {

/// Keras' SimpleRNN, LSTM and GRU, and RNN around the cell of one: steps through x (steps,
/// features), to y (units), the last state h, or with return_sequences (steps, units), every h;
/// with return_state the last states (units) are outputs too. Further inputs are the first states
/// (units), else 0. go_backwards begins with the last step, and y is in that order. A step whose
/// mask is 0 leaves the states as they are and repeats the output, 0 at first, or with
/// zero_output_for_mask always. Dropout draws once per sample, not per step (Gal and Ghahramani,
/// 2016): with implementation 1, which recurrent_dropout brings about, once for each gate.
///
/// One product takes all steps' inputs by the kernel, and one all steps' gradient of each variable.
class Recurrent final : public Layer {
 public:
  /// `cell_config` is the one of the cell in Keras' RNN, for other layers `config` itself.
  Recurrent(ConfigReader& config, ConfigReader& cell_config, std::unique_ptr<RecurrentCell> cell);

  [[nodiscard]] nlohmann::json config() const override;
  Result<std::vector<Shape>> build(std::span<const Shape> inputs,
                                   const BuildContext& context) override;
  [[nodiscard]] std::vector<VariableSpec> variables() const override;
  [[nodiscard]] Placement placement() const override;
  [[nodiscard]] std::size_t workspace_floats() const override;
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;
  [[nodiscard]] MaskRule mask_rule(std::span<const bool> masked) const override;
  void make_mask(const ForwardPass& pass, float* mask) override;
  [[nodiscard]] Shape mask_shape() const override { return {steps_}; }

  [[nodiscard]] bool return_sequences() const { return return_sequences_; }
  [[nodiscard]] bool return_state() const { return return_state_; }
  [[nodiscard]] bool go_backwards() const { return go_backwards_; }
  [[nodiscard]] std::size_t states() const { return cell_->states(); }
  [[nodiscard]] std::size_t units() const { return cell_->units(); }
  /// What Bidirectional asks of its layers, whatever their configs say.
  void zero_output_for_mask(bool zero) { zero_output_for_mask_ = zero; }

 private:
  Result<void> check_inputs(std::span<const Shape> inputs) const;
  Result<void> allocate(bool training);
  Result<void> allocate_dropout();
  void start(const ForwardPass& pass);
  void read_mask(const float* mask, std::size_t n);
  void project_inputs(const ForwardPass& pass, std::size_t first, std::size_t count);
  void gather_inputs(const float* in, std::size_t n, std::size_t first, std::size_t count);
  void scatter_gradient(const BackwardPass& pass, std::size_t first, std::size_t count,
                        const float* factors, bool add) const;
  void write_output(const ForwardPass& pass, std::size_t step) const;
  void write_states(const ForwardPass& pass) const;
  void start_gradients(const BackwardPass& pass);
  void add_output_gradient(const BackwardPass& pass, std::size_t step);
  void kernel_gradient(const BackwardPass& pass) const;
  void input_gradient(const BackwardPass& pass);
  [[nodiscard]] CellStep cell_step(std::span<float* const> variables, std::size_t n,
                                   std::size_t step);
  /// Whether the output after this step is h, and not 0.
  [[nodiscard]] bool shows_state(std::size_t sample, std::size_t step, std::size_t n) const;
  [[nodiscard]] std::size_t time_of(std::size_t step) const {
    return go_backwards_ ? steps_ - 1 - step : step;
  }
  /// Where a step's data lie in buffers that keep all steps only for the way back.
  [[nodiscard]] std::size_t slot(std::size_t step) const { return keeps_ ? step : step % chunk_; }
  [[nodiscard]] std::size_t state_slot(std::size_t step) const { return keeps_ ? step : step % 2; }
  [[nodiscard]] std::size_t input_copies() const { return gates_apart_ ? cell_->gates() : 1; }
  [[nodiscard]] bool drops_inputs() const { return dropping_ && dropout_ > 0; }
  [[nodiscard]] const float* input_factors(std::size_t gate, std::size_t n) const;
  [[nodiscard]] const float* input_copy(std::size_t gate, std::size_t n) const;
  void draw_factors(const ForwardPass& pass);

  std::unique_ptr<RecurrentCell> cell_;
  bool as_rnn_;
  double dropout_;
  double recurrent_dropout_;
  std::int64_t implementation_;
  std::optional<std::uint64_t> seed_;
  bool return_sequences_;
  bool return_state_;
  bool go_backwards_;
  bool zero_output_for_mask_;
  bool gates_apart_ = false;            ///< Each gate sees the inputs with dropout of its own.
  std::vector<GateBlock> input_parts_;  ///< What is multiplied with the inputs at once.

  std::size_t steps_ = 0;
  std::size_t features_ = 0;
  std::size_t max_batch_ = 0;
  std::size_t chunk_ = 1;  ///< Steps whose inputs are multiplied together.
  bool keeps_ = false;
  bool masked_ = false;    ///< In the pass at hand.
  bool dropping_ = false;  ///< In the pass at hand.

  FloatBuffer x_;     ///< steps * n * features, for each gate when it sees other dropout.
  FloatBuffer rows_;  ///< steps * n * row_floats
  FloatBuffer kept_;
  FloatBuffer h_;  ///< steps + 1 times n * units
  FloatBuffer c_;
  FloatBuffer mask_;  ///< steps * n
  std::vector<std::size_t> first_shown_;
  FloatBuffer input_factors_;
  FloatBuffer state_factors_;
  FloatBuffer dropped_;
  FloatBuffer h_gradient_;
  FloatBuffer c_gradient_;
  FloatBuffer x_gradient_;
};

/// For the table of classes: SimpleRNN, LSTM, GRU, and RNN with `cell`.
std::unique_ptr<Layer> make_simple_rnn(ConfigReader& config);
std::unique_ptr<Layer> make_lstm(ConfigReader& config);
std::unique_ptr<Layer> make_gru(ConfigReader& config);
std::unique_ptr<Layer> make_rnn(ConfigReader& config);

}  // namespace dk::model
