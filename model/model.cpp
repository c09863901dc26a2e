// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/model.hpp"

#include "base/check.hpp"
#include "base/random.hpp"
#include "model/threads.hpp"

#include <algorithm>

namespace dk::model {

Model::Model(Architecture architecture, CompileConfig config, Network network, Heads heads)
    : architecture_(std::move(architecture)),
      config_(std::move(config)),
      network_(std::move(network)),
      heads_(std::move(heads)) {}

Result<std::unique_ptr<Model>> Model::build(const Architecture& architecture,
                                            const CompileConfig& config) {
  if (config.max_batch_size == 0 || config.max_batch_size > kMaxElements) {
    return fail(Errc::kInvalid, "the batch size is {}; it must be from 1 to {}",
                config.max_batch_size, kMaxElements);
  }
  if (config.threads == 0) return fail(Errc::kInvalid, "threads is 0; it must be at least 1");
  use_threads(config.threads);
  DK_TRY_ASSIGN(auto network,
                Network::build(architecture, {config.max_batch_size, config.training}));
  DK_TRY_ASSIGN(auto heads, Heads::make(config, architecture, network));
  std::unique_ptr<Model> model(
      new Model(architecture, config, std::move(network), std::move(heads)));
  DK_TRY(model->allocate());
  DK_TRY(model->read_rules());
  return model;
}

Result<void> Model::allocate() {
  for (const Shape& shape : network_.input_shapes()) {
    DK_TRY_ASSIGN(const std::size_t size, element_count(shape));
    input_sizes_.push_back(size);
    input_size_ += size;
  }
  for (const Shape& shape : network_.output_shapes()) {
    DK_TRY_ASSIGN(const std::size_t size, element_count(shape));
    output_sizes_.push_back(size);
    output_size_ += size;
  }
  if (input_sizes_.size() > 1) {
    for (const std::size_t size : input_sizes_) {
      DK_TRY_ASSIGN(auto buffer, FloatBuffer::make(size * max_batch_size()));
      inputs_.push_back(std::move(buffer));
    }
  }
  if (output_sizes_.size() > 1) {
    DK_TRY_ASSIGN(predictions_, FloatBuffer::make(output_size_ * max_batch_size()));
  }
  input_pointers_.resize(input_sizes_.size());
  DK_TRY_ASSIGN(parameters_, FloatBuffer::make(layout().total_count()));
  if (config_.training) {
    DK_TRY_ASSIGN(gradients_, FloatBuffer::make(layout().trainable_count()));
  }
  for (const auto& use : network_.variables()) keras_order_.push_back(use.layout_index);
  return network_.plan(parameters_.span(), gradients_.span());
}

Result<std::unique_ptr<Model>> Model::clone() const {
  DK_TRY_ASSIGN(auto copy, build(architecture_, config_));
  std::copy(parameters().begin(), parameters().end(), copy->parameters().begin());
  return copy;
}

void Model::initialize(std::uint64_t seed) {
  std::uint64_t index = 0;
  for (const auto& use : network_.variables()) {
    const Variable& variable = layout().variables()[use.layout_index];
    dk::model::initialize(use.spec.initializer, variable.shape, seed_for(seed, index++),
                          parameters().subspan(variable.offset, variable.size));
  }
}

std::vector<Weight> Model::get_weights() const {
  std::vector<Weight> weights;
  for (const std::size_t index : keras_order_) {
    const Variable& variable = layout().variables()[index];
    const auto values = parameters().subspan(variable.offset, variable.size);
    weights.push_back({variable.path(), variable.shape, {values.begin(), values.end()}});
  }
  return weights;
}

Result<void> Model::set_weights(std::span<const Weight> weights) {
  if (weights.size() != keras_order_.size()) {
    return fail(Errc::kInvalid, "{} weights for a model that has {}", weights.size(),
                keras_order_.size());
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const Variable& variable = layout().variables()[keras_order_[i]];
    if (weights[i].shape == variable.shape && weights[i].values.size() == variable.size) continue;
    return fail(Errc::kInvalid, "weight {} ({}) is {} with {} values; the model's {} is {}", i + 1,
                weights[i].name, to_string(weights[i].shape), weights[i].values.size(),
                variable.path(), to_string(variable.shape));
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    std::copy(weights[i].values.begin(), weights[i].values.end(),
              parameters().begin() +
                  static_cast<std::ptrdiff_t>(layout().variables()[keras_order_[i]].offset));
  }
  return {};
}

void Model::forward(std::span<const float> x, std::size_t n, bool training, std::uint64_t seed) {
  DK_CHECK(n >= 1 && n <= max_batch_size(), "the batch is empty or larger than planned");
  DK_CHECK(x.size() >= n * input_size_, "too few inputs for the batch");
  use_threads(config_.threads);
  input_pointers_[0] = x.data();
  std::size_t first = 0;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const std::size_t size = input_sizes_[i];
    for (std::size_t row = 0; row < n; ++row) {
      std::copy_n(x.data() + row * input_size_ + first, size, inputs_[i].data() + row * size);
    }
    input_pointers_[i] = inputs_[i].data();
    first += size;
  }
  network_.forward(input_pointers_, n, training, seed);
}

BatchResult Model::compute_gradients(std::span<const float> x, std::span<const float> y,
                                     std::size_t n, std::uint64_t step_seed,
                                     std::span<const float> sample_weights) {
  DK_CHECK(config_.training && heads_.has_loss(), "the model was built without training or a loss");
  DK_CHECK(y.size() >= n * target_size(), "too few targets for the batch");
  forward(x, n, /*training=*/true, step_seed);
  BatchResult result{heads_.measure(network_, y, n, sample_weights, /*gradients=*/true), n};
  network_.backward(n, step_seed);
  result.loss_sum += static_cast<double>(n) * add_penalties(/*to_gradients=*/true);
  result.loss_sum += network_.activity_penalty();
  return result;
}

BatchResult Model::evaluate(std::span<const float> x, std::span<const float> y, std::size_t n,
                            std::span<const float> sample_weights) {
  DK_CHECK(heads_.has_loss(), "the model was built without a loss");
  DK_CHECK(y.size() >= n * target_size(), "too few targets for the batch");
  forward(x, n, /*training=*/false, 0);
  BatchResult result{heads_.measure(network_, y, n, sample_weights, /*gradients=*/false), n};
  result.loss_sum += static_cast<double>(n) * add_penalties(/*to_gradients=*/false);
  result.loss_sum += network_.activity_penalty();
  return result;
}

std::span<const float> Model::predict(std::span<const float> x, std::size_t n) {
  forward(x, n, /*training=*/false, 0);
  network_.restore_activations(n);
  if (output_sizes_.size() == 1) return {network_.output(0), n * output_size_};
  std::size_t first = 0;
  for (std::size_t i = 0; i < output_sizes_.size(); ++i) {
    const std::size_t size = output_sizes_[i];
    for (std::size_t row = 0; row < n; ++row) {
      std::copy_n(network_.output(i) + row * size, size,
                  predictions_.data() + row * output_size_ + first);
    }
    first += size;
  }
  return predictions_.span().first(n * output_size_);
}

void Model::reset_metrics() {
  std::fill(heads_.metric_sums().begin(), heads_.metric_sums().end(), 0.0);
}

Result<void> Model::read_rules() {
  for (const auto& use : network_.variables()) {
    const Variable& variable = layout().variables()[use.layout_index];
    const auto initial = check_initializer(use.spec.initializer, variable.shape);
    if (!initial) return fail_in(variable.path(), initial.error());
    if (!use.spec.regularizer.is_null()) {
      auto regularizer = parse_regularizer(use.spec.regularizer);
      if (!regularizer) return fail_in(variable.path(), regularizer.error());
      regularizers_.emplace_back(use.layout_index, *regularizer);
    }
    if (use.spec.constraint.is_null()) continue;
    auto constraint = parse_constraint(use.spec.constraint);
    if (!constraint) return fail_in(variable.path(), constraint.error());
    const auto fits = check_constraint(*constraint, variable.shape);
    if (!fits) return fail_in(variable.path(), fits.error());
    // Keras' optimizers constrain what they change.
    if (variable.trainable) constraints_.emplace_back(use.layout_index, *std::move(constraint));
  }
  return {};
}

double Model::add_penalties(bool to_gradients) {
  double penalty = 0;
  for (const auto& [index, regularizer] : regularizers_) {
    const Variable& variable = layout().variables()[index];
    const auto values = parameters().subspan(variable.offset, variable.size);
    penalty += to_gradients && variable.trainable
                   ? regularizer.add_gradient(
                         values, gradients_.span().subspan(variable.offset, variable.size))
                   : regularizer.penalty(values);
  }
  return penalty;
}

void Model::constrain() {
  for (const auto& [index, constraint] : constraints_) {
    const Variable& variable = layout().variables()[index];
    constraint.apply(parameters().subspan(variable.offset, variable.size), variable.shape);
  }
}

}  // namespace dk::model
