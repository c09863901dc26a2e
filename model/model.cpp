// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/model.hpp"

#include "base/check.hpp"
#include "base/random.hpp"
#include "model/activations/activation.hpp"
#include "model/matmul.hpp"
#include "model/registry.hpp"

#include <algorithm>
#include <set>

namespace dk::model {
namespace {

std::string label(const LayerSpec& spec, std::size_t index) {
  return fmt::format("layer {} '{}' ({})", index + 1, spec.name, spec.class_name);
}

}  // namespace

Result<std::unique_ptr<Model>> Model::build(const Architecture& architecture,
                                            const CompileConfig& config) {
  prepare_matmul();
  std::unique_ptr<Model> model(new Model);
  if (config.max_batch_size == 0 || config.max_batch_size > kMaxElements) {
    return fail(Errc::kInvalid, "the batch size is {}; it must be from 1 to {}",
                config.max_batch_size, kMaxElements);
  }
  model->max_batch_size_ = config.max_batch_size;
  DK_TRY_ASSIGN(const Shape output, model->build_layers(architecture));
  DK_TRY(model->build_layout(architecture));
  DK_TRY(model->choose_loss(config, output));
  DK_TRY(model->allocate());
  model->bind_variables();
  return model;
}

Result<Shape> Model::build_layers(const Architecture& architecture) {
  if (architecture.layers.empty()) return fail(Errc::kInvalid, "the model has no layers");
  auto size = element_count(architecture.input_shape);
  if (!size) return fail_in("input", size.error());
  input_size_ = *size;
  Shape shape = architecture.input_shape;
  for (std::size_t i = 0; i < architecture.layers.size(); ++i) {
    const LayerSpec& spec = architecture.layers[i];
    const std::string where = label(spec, i);
    Step step;
    DK_TRY_ASSIGN(step.layer, make_layer(spec.class_name, spec.config, where));
    auto output = step.layer->build(shape, max_batch_size_);
    if (!output) return fail_in(where, output.error());
    shape = std::move(*output);
    auto count = element_count(shape);
    if (!count) return fail_in(where, count.error());
    step.output_size = *count;
    step.variables = step.layer->variables();
    steps_.push_back(std::move(step));
  }
  output_size_ = steps_.back().output_size;
  return shape;
}

Result<void> Model::build_layout(const Architecture& architecture) {
  std::set<std::string_view> names;
  std::vector<Variable> variables;
  first_trained_ = steps_.size();
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const LayerSpec& spec = architecture.layers[i];
    if (!names.insert(spec.name).second) {
      return fail(Errc::kInvalid, "{}: another layer has the same name", label(spec, i));
    }
    for (const VariableSpec& variable : steps_[i].variables) {
      variables.push_back({.name = fmt::format("{}/{}:0", spec.name, variable.name),
                           .shape = variable.shape,
                           .trainable = variable.trainable});
      if (variable.trainable) first_trained_ = std::min(first_trained_, i);
    }
  }
  DK_TRY_ASSIGN(layout_, Layout::make(std::move(variables)));
  return {};
}

Result<void> Model::choose_loss(const CompileConfig& config, const Shape& output) {
  DK_TRY_ASSIGN(loss_, find_loss(config.loss));
  if (output.size() != 1 || output_size_ < loss_->min_outputs) {
    return fail(Errc::kInvalid,
                "the loss {} needs an output of one axis with at least {} values per sample; the "
                "model's output is {}",
                loss_->name, loss_->min_outputs, to_string(output));
  }
  DK_TRY_ASSIGN(metric_, find_metric(config.metrics, *loss_, output_size_));
  from_logits_ = loss_->from_logits != nullptr && steps_.back().layer->drop_softmax();
  return {};
}

Result<void> Model::allocate() {
  std::size_t widest = 0;
  for (Step& step : steps_) {
    DK_TRY_ASSIGN(step.out, FloatBuffer::make(step.output_size * max_batch_size_));
    widest = std::max(widest, step.output_size);
  }
  for (FloatBuffer& buffer : back_) {
    DK_TRY_ASSIGN(buffer, FloatBuffer::make(widest * max_batch_size_));
  }
  DK_TRY_ASSIGN(parameters_, FloatBuffer::make(layout_.total_count()));
  DK_TRY_ASSIGN(gradients_, FloatBuffer::make(layout_.trainable_count()));
  return {};
}

void Model::bind_variables() {
  std::size_t trainable = 0;
  std::size_t other = layout_.trainable_count();
  for (Step& step : steps_) {
    for (const VariableSpec& variable : step.variables) {
      std::size_t& offset = variable.trainable ? trainable : other;
      step.values.push_back(parameters_.data() + offset);
      step.gradients.push_back(variable.trainable ? gradients_.data() + offset : nullptr);
      offset += element_count(variable.shape).value();
    }
  }
}

std::size_t Model::target_size() const {
  return loss_->sparse_targets ? 1 : output_size_;
}

void Model::initialize(std::uint64_t seed) {
  std::uint64_t index = 0;
  for (Step& step : steps_) {
    for (std::size_t v = 0; v < step.variables.size(); ++v) {
      const VariableSpec& variable = step.variables[v];
      const std::size_t size = element_count(variable.shape).value();
      dk::model::initialize(variable.initializer, variable.shape, seed_for(seed, index++),
                            {step.values[v], size});
    }
  }
}

BatchResult Model::compute_gradients(std::span<const float> x, std::span<const float> y,
                                     std::size_t n, std::uint64_t step_seed) {
  check_batch(x, n);
  DK_CHECK(y.size() >= n * target_size(), "too few targets for the batch");
  const float* outputs = forward(x.data(), n, /*training=*/true, step_seed);
  const BatchResult result = finish(outputs, y.data(), n, back_[0].data());
  backward(x.data(), n, step_seed);
  return result;
}

BatchResult Model::evaluate(std::span<const float> x, std::span<const float> y, std::size_t n) {
  check_batch(x, n);
  DK_CHECK(y.size() >= n * target_size(), "too few targets for the batch");
  return finish(forward(x.data(), n, /*training=*/false, 0), y.data(), n, nullptr);
}

std::span<const float> Model::predict(std::span<const float> x, std::size_t n) {
  check_batch(x, n);
  const float* outputs = forward(x.data(), n, /*training=*/false, 0);
  if (from_logits_) {
    static const Activation* const kSoftmax = find_activation("softmax");
    kSoftmax->forward(steps_.back().out.data(), nullptr, n, output_size_);
  }
  return {outputs, n * output_size_};
}

void Model::check_batch(std::span<const float> x, std::size_t n) const {
  DK_CHECK(n >= 1 && n <= max_batch_size_, "the batch is empty or larger than planned");
  DK_CHECK(x.size() >= n * input_size_, "too few inputs for the batch");
}

const float* Model::forward(const float* x, std::size_t n, bool training, std::uint64_t seed) {
  const float* in = x;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    Step& step = steps_[i];
    step.result = step.layer->forward({.in = in,
                                       .out = step.out.data(),
                                       .n = n,
                                       .training = training,
                                       .seed = seed_for(seed, i),
                                       .variables = step.values});
    in = step.result;
  }
  return in;
}

void Model::backward(const float* x, std::size_t n, std::uint64_t seed) {
  float* gradient = back_[0].data();
  float* spare = back_[1].data();
  for (std::size_t i = steps_.size(); i-- > first_trained_;) {
    Step& step = steps_[i];
    const bool last = i == first_trained_;
    float* result = step.layer->backward({.in = i == 0 ? x : steps_[i - 1].result,
                                          .out = step.result,
                                          .out_gradient = gradient,
                                          .in_gradient = last ? nullptr : spare,
                                          .n = n,
                                          .seed = seed_for(seed, i),
                                          .variables = step.values,
                                          .gradients = step.gradients});
    if (result == spare) std::swap(gradient, spare);
  }
}

BatchResult Model::finish(const float* outputs, const float* y, std::size_t n,
                          float* gradient) const {
  const LossBatch batch{outputs, y, gradient, n, output_size_};
  BatchResult result;
  result.samples = n;
  result.loss_sum = from_logits_ ? loss_->from_logits(batch) : loss_->from_outputs(batch);
  if (metric_.count != nullptr) result.correct = metric_.count(batch);
  return result;
}

}  // namespace dk::model
