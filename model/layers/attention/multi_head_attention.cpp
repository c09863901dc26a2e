// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/attention/multi_head_attention.hpp"

#include "model/matmul.hpp"

#include <algorithm>
#include <cmath>

namespace dk::model {
namespace {

constexpr const char* kOutputScope = "output_dense";

/// values += bias, row by row, and its way back.
const Activation& linear() {
  static const Activation& kLinear = *find_activation("linear");
  return kLinear;
}

}  // namespace

MultiHeadAttention::MultiHeadAttention(ConfigReader& config)
    : heads_(config.count("num_heads")),
      key_dim_(config.count("key_dim")),
      use_bias_(config.boolean("use_bias", true)),
      kernel_(VariableConfig::read(config, "kernel", "glorot_uniform")),
      bias_(VariableConfig::read(config, "bias", "zeros")),
      weights_(config) {
  read_shapes(config);
  config.ignore({"flash_attention", "query_shape", "key_shape", "value_shape"});
  // Keras gives it to the layers inside.
  config.only_null({"activity_regularizer"});
  config.only("return_attention_scores", false);
}

void MultiHeadAttention::read_shapes(ConfigReader& config) {
  const nlohmann::json* value_dim = config.find("value_dim");
  own_value_dim_ = value_dim != nullptr && !value_dim->is_null();
  value_dim_ = own_value_dim_ ? config.count("value_dim", key_dim_) : key_dim_;
  const nlohmann::json* shape = config.find("output_shape");
  if (shape != nullptr && !shape->is_null()) output_ = config.counts("output_shape", 1)[0];
  const nlohmann::json* axes = config.find("attention_axes");
  const bool time =
      axes == nullptr || axes->is_null() || *axes == 1 || *axes == nlohmann::json::array({1});
  if (!time) {
    config.problem(
        fmt::format("attention_axes is {}; only null and [1] are supported", show(*axes)));
  }
}

nlohmann::json MultiHeadAttention::config() const {
  nlohmann::json config{{"num_heads", heads_},     {"key_dim", key_dim_},
                        {"value_dim", value_dim_}, {"use_bias", use_bias_},
                        {"output_shape", nullptr}, {"attention_axes", nullptr}};
  if (output_ > 0) config["output_shape"] = {output_};
  weights_.write(config);
  kernel_.write(config, "kernel");
  bias_.write(config, "bias");
  return config;
}

Result<std::vector<Shape>> MultiHeadAttention::build(std::span<const Shape> inputs,
                                                     const BuildContext& context) {
  DK_TRY(read_inputs(inputs));
  out_features_ = output_ > 0 ? output_ : projections_[kQuery].features;
  DK_TRY(allocate(context));
  return std::vector<Shape>{{projections_[kQuery].steps, out_features_}};
}

Result<void> MultiHeadAttention::read_inputs(std::span<const Shape> inputs) {
  if (inputs.size() != 2 && inputs.size() != 3) {
    return fail(Errc::kInvalid, "takes query and value, or query, value and key, not {} inputs",
                inputs.size());
  }
  for (const Shape& shape : inputs) {
    if (shape.size() == 2) continue;
    return fail(Errc::kInvalid, "needs inputs of (steps, features), not {}", to_string(shape));
  }
  const std::size_t key = inputs.size() - 1;
  if (inputs[1][0] != inputs[key][0]) {
    return fail(Errc::kInvalid, "value {} and key {} must have the same steps",
                to_string(inputs[1]), to_string(inputs[key]));
  }
  projections_[kQuery] = {"query_dense", 0, inputs[0][0], inputs[0][1], key_dim_, {}};
  projections_[kKey] = {"key_dense", key, inputs[key][0], inputs[key][1], key_dim_, {}};
  projections_[kValue] = {"value_dense", 1, inputs[1][0], inputs[1][1], value_dim_, {}};
  return {};
}

Result<void> MultiHeadAttention::allocate(const BuildContext& context) {
  for (Projection& projection : projections_) {
    DK_TRY(element_count({projection.features, heads_, projection.head}));
    DK_TRY_ASSIGN(const auto floats, element_count({projection.steps, heads_, projection.head}));
    DK_TRY_ASSIGN(projection.projected, FloatBuffer::make(context.max_batch * floats));
  }
  const std::size_t queries = projections_[kQuery].steps;
  const std::size_t keys = projections_[kKey].steps;
  DK_TRY_ASSIGN(const auto floats, element_count({queries, heads_, value_dim_}));
  DK_TRY(element_count({heads_, value_dim_, out_features_}));
  DK_TRY(element_count({queries, out_features_}));
  DK_TRY_ASSIGN(attended_, FloatBuffer::make(context.max_batch * floats));
  DK_TRY_ASSIGN(key_gradient_, FloatBuffer::make(context.training ? keys * key_dim_ : 0));
  return weights_.plan(queries, keys, context.max_batch * heads_, context.training);
}

std::vector<VariableSpec> MultiHeadAttention::variables() const {
  std::vector<VariableSpec> variables;
  for (const Projection& projection : projections_) {
    variables.push_back(
        kernel_.spec("kernel", {projection.features, heads_, projection.head}, projection.scope));
    if (use_bias_) {
      variables.push_back(bias_.spec("bias", {heads_, projection.head}, projection.scope));
    }
  }
  variables.push_back(kernel_.spec("kernel", {heads_, value_dim_, out_features_}, kOutputScope));
  if (use_bias_) variables.push_back(bias_.spec("bias", {out_features_}, kOutputScope));
  return variables;
}

Placement MultiHeadAttention::placement() const {
  return {.keeps_inputs = trainable(), .keeps_outputs = false};
}

std::size_t MultiHeadAttention::workspace_floats() const {
  std::size_t floats =
      weights_.workspace_floats() + attended_.span().size() + key_gradient_.span().size();
  for (const Projection& projection : projections_) floats += projection.projected.span().size();
  return floats;
}

float* MultiHeadAttention::part(Projection& projection, std::size_t sample,
                                std::size_t head) const {
  return projection.projected.data() +
         (sample * projection.steps * heads_ + head) * projection.head;
}

void MultiHeadAttention::forward(const ForwardPass& pass) {
  for (std::size_t role = 0; role < projections_.size(); ++role) {
    project(pass, projections_[role], kernel_at(role));
  }
  for (std::size_t sample = 0; sample < pass.n; ++sample) {
    for (std::size_t head = 0; head < heads_; ++head) attend(pass, sample, head);
  }
  const std::size_t rows = pass.n * projections_[kQuery].steps;
  const std::size_t kernel = kernel_at(3);
  multiply(attended_.data(), pass.variables[kernel], pass.out(), rows, heads_ * value_dim_,
           out_features_);
  if (use_bias_) {
    linear().forward(pass.out(), pass.variables[kernel + 1], nullptr, rows, out_features_);
  }
}

void MultiHeadAttention::project(const ForwardPass& pass, Projection& projection,
                                 std::size_t kernel) const {
  const std::size_t rows = pass.n * projection.steps;
  const std::size_t width = heads_ * projection.head;
  float* projected = projection.projected.data();
  multiply(pass.in(projection.input), pass.variables[kernel], projected, rows, projection.features,
           width);
  if (use_bias_) linear().forward(projected, pass.variables[kernel + 1], nullptr, rows, width);
}

void MultiHeadAttention::attend(const ForwardPass& pass, std::size_t sample, std::size_t head) {
  const std::size_t queries = projections_[kQuery].steps;
  const std::size_t keys = projections_[kKey].steps;
  const std::size_t tile = sample * heads_ + head;
  const auto mask = [&](std::size_t input, std::size_t steps) {
    const float* found = input < pass.masks.size() ? pass.mask(input) : nullptr;
    return found == nullptr ? nullptr : found + sample * steps;
  };
  input_gradient_parts({part(projections_[kQuery], sample, head), heads_ * key_dim_},
                       {part(projections_[kKey], sample, head), heads_ * key_dim_},
                       {weights_.scores(tile), keys}, queries, keys, key_dim_, false,
                       1 / std::sqrt(static_cast<float>(key_dim_)));
  const AttentionMasks masks{mask(0, queries), mask(1, keys), mask(2, keys)};
  const float* weights = weights_.forward(tile, masks, pass.training, pass.seed);
  multiply_parts(
      {weights, keys}, {part(projections_[kValue], sample, head), heads_ * value_dim_},
      {attended_.data() + (sample * queries * heads_ + head) * value_dim_, heads_ * value_dim_},
      queries, keys, value_dim_, false);
}

void MultiHeadAttention::backward(const BackwardPass& pass) {
  output_back(pass);
  for (std::size_t sample = 0; sample < pass.n; ++sample) {
    for (std::size_t head = 0; head < heads_; ++head) attend_back(pass, sample, head);
  }
  project_back(pass, kQuery, false);
  project_back(pass, kValue, false);
  project_back(pass, kKey, projections_[kKey].input == projections_[kValue].input);
}

void MultiHeadAttention::output_back(const BackwardPass& pass) {
  const std::size_t rows = pass.n * projections_[kQuery].steps;
  const std::size_t width = heads_ * value_dim_;
  const std::size_t kernel = kernel_at(3);
  if (use_bias_ && pass.gradients[kernel + 1] != nullptr) {
    linear().backward(pass.out_gradient(), nullptr, pass.out_gradient(), pass.gradients[kernel + 1],
                      rows, out_features_);
  }
  if (pass.gradients[kernel] != nullptr) {
    multiply_kernel_gradient(attended_.data(), pass.out_gradient(), pass.gradients[kernel], rows,
                             width, out_features_);
  }
  multiply_input_gradient(pass.out_gradient(), pass.variables[kernel], attended_.data(), rows,
                          width, out_features_);
}

void MultiHeadAttention::attend_back(const BackwardPass& pass, std::size_t sample,
                                     std::size_t head) {
  const std::size_t queries = projections_[kQuery].steps;
  const std::size_t keys = projections_[kKey].steps;
  const std::size_t tile = sample * heads_ + head;
  const std::size_t key_stride = heads_ * key_dim_;
  const std::size_t value_stride = heads_ * value_dim_;
  const float scale = 1 / std::sqrt(static_cast<float>(key_dim_));
  float* q = part(projections_[kQuery], sample, head);
  float* k = part(projections_[kKey], sample, head);
  float* v = part(projections_[kValue], sample, head);
  const float* attended = attended_.data() + (sample * queries * heads_ + head) * value_dim_;
  float* gradient = weights_.gradient();
  input_gradient_parts({attended, value_stride}, {v, value_stride}, {gradient, keys}, queries, keys,
                       value_dim_, false);
  kernel_gradient_parts({weights_.weights(tile, pass.seed), keys}, {attended, value_stride},
                        {v, value_stride}, queries, keys, value_dim_, false);
  weights_.backward(tile, pass.seed);
  kernel_gradient_parts({gradient, keys}, {q, key_stride}, {key_gradient_.data(), key_dim_},
                        queries, keys, key_dim_, false, scale);
  multiply_parts({gradient, keys}, {k, key_stride}, {q, key_stride}, queries, keys, key_dim_, false,
                 scale);
  for (std::size_t key = 0; key < keys; ++key) {
    std::copy_n(key_gradient_.data() + key * key_dim_, key_dim_, k + key * key_stride);
  }
}

void MultiHeadAttention::project_back(const BackwardPass& pass, std::size_t role, bool add) {
  Projection& projection = projections_[role];
  const std::size_t rows = pass.n * projection.steps;
  const std::size_t width = heads_ * projection.head;
  const std::size_t kernel = kernel_at(role);
  float* gradient = projection.projected.data();
  if (use_bias_ && pass.gradients[kernel + 1] != nullptr) {
    linear().backward(gradient, nullptr, gradient, pass.gradients[kernel + 1], rows, width);
  }
  if (pass.gradients[kernel] != nullptr) {
    multiply_kernel_gradient(pass.in(projection.input), gradient, pass.gradients[kernel], rows,
                             projection.features, width);
  }
  float* in_gradient = pass.in_gradient(projection.input);
  if (in_gradient != nullptr) {
    input_gradient_parts({gradient, width}, {pass.variables[kernel], width},
                         {in_gradient, projection.features}, rows, projection.features, width, add);
  }
}

}  // namespace dk::model
