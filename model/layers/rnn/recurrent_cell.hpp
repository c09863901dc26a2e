// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/layers/read_config.hpp"

#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace dk::model {

/// One step of `n` samples through a cell. States are n * units; a row is what the cell computes
/// for a sample, `row_floats` long. All are of this step alone, one after the other in memory from
/// step to step.
struct CellStep {
  std::size_t n = 0;
  std::span<float* const> variables{};
  const float* mask = nullptr;  ///< n, 0 where the states stay as they are; nullptr: all go on.
  float* rows = nullptr;
  float* kept = nullptr;  ///< As rows; nullptr unless `keeps_input`.
  /// Recurrent dropout: factors for each gate, gates * n * units, or nullptr.
  const float* factors = nullptr;
  /// The state by each gate's factors; from gate to gate `dropped_stride` floats.
  float* dropped = nullptr;
  std::size_t dropped_stride = 0;
  const float* h = nullptr;
  const float* c = nullptr;  ///< Where there are two states.
  float* new_h = nullptr;
  float* new_c = nullptr;
  /// On the way back, in place: the gradients by the new states become those by the old.
  float* h_gradient = nullptr;
  float* c_gradient = nullptr;
};

/// Neighbouring gates: their columns in the kernels, and where they lie in a row.
struct GateBlock {
  std::size_t first = 0;
  std::size_t count = 0;
  std::size_t offset = 0;
};

/// The arithmetic of a recurrent layer's step and what Keras' config says of it. Its variables are
/// kernel (features, gates * units), recurrent_kernel (units, gates * units) and bias.
class RecurrentCell {
 public:
  /// Reads what all cells have.
  RecurrentCell(ConfigReader& config, std::size_t gates, std::size_t states);
  virtual ~RecurrentCell() = default;

  /// Keras' class name of the layer: `LSTM`; its cell's is `LSTMCell`.
  [[nodiscard]] virtual std::string_view name() const = 0;
  [[nodiscard]] virtual nlohmann::json config() const;
  [[nodiscard]] virtual std::vector<VariableSpec> variables(std::size_t features) const;
  [[nodiscard]] std::size_t units() const { return units_; }
  [[nodiscard]] std::size_t gates() const { return gates_; }
  [[nodiscard]] std::size_t states() const { return states_; }
  [[nodiscard]] virtual std::size_t row_floats() const { return gates_ * units_; }
  [[nodiscard]] virtual bool keeps_input() const { return activation_.activation().keeps_input; }
  [[nodiscard]] bool use_bias() const { return use_bias_; }
  /// Where the products of the inputs by the kernel go.
  [[nodiscard]] virtual std::span<const GateBlock> input_blocks() const { return blocks_; }

  Result<void> plan(std::size_t max_batch);
  [[nodiscard]] std::size_t workspace_floats() const { return scratch_.span().size(); }

  /// Rows hold the inputs' products, without the bias; the new states follow from them.
  virtual void forward(const CellStep& step) = 0;
  /// Rows become the gradients by what `forward` found in them; 0 for masked samples.
  virtual void backward(const CellStep& step) = 0;
  /// After all `backward`s, from all steps' rows: what Keras calls recurrent_kernel and bias.
  /// `steps` is the first step, with `n` counting all of them.
  virtual void variable_gradients(const CellStep& steps, std::span<float* const> gradients);

 protected:
  /// rows += state * recurrent kernel, for these gates.
  void add_recurrent(const CellStep& step, const GateBlock& block) const;
  /// h_gradient += rows * recurrent kernel^T.
  void add_state_gradient(const CellStep& step, const GateBlock& block);
  void recurrent_gradient(const CellStep& steps, const GateBlock& block, float* gradient) const;
  /// The state as gate `gate` sees it.
  [[nodiscard]] const float* seen_state(const CellStep& step, std::size_t gate) const;
  /// Bias of gate `gate`, or nullptr.
  [[nodiscard]] const float* bias(const CellStep& step, std::size_t gate) const;
  [[nodiscard]] bool is_masked(const CellStep& step, std::size_t sample) const {
    return step.mask != nullptr && step.mask[sample] == 0;
  }

  std::size_t units_;
  std::size_t gates_;
  std::size_t states_;
  bool use_bias_;
  ActivationStage activation_;
  VariableConfig kernel_;
  VariableConfig recurrent_;
  VariableConfig bias_;
  std::vector<GateBlock> blocks_;
  FloatBuffer scratch_;  ///< max_batch * units, and a few rows.
};

/// values = f(values + bias) for `units` neighbours, as `Activation` has it.
void apply(const ActivationStage& activation, float* values, const float* bias, float* kept,
           std::size_t units);
/// gradient *= f'.
void apply_back(const ActivationStage& activation, const float* outputs, const float* kept,
                float* gradient, std::size_t units);

/// sums = column sums of `n` rows' first `width` floats.
void column_sums(const float* rows, std::size_t n, std::size_t stride, std::size_t width,
                 float* sums);

}  // namespace dk::model
