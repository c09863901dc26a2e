// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/attention/attention.hpp"

#include "model/matmul.hpp"

#include <algorithm>

namespace dk::model {
namespace {

Attention::Score read_score(ConfigReader& config, bool additive) {
  if (additive) return Attention::Score::kAdditive;
  return config.choice("score_mode", "dot", {"dot", "concat"}) == "dot" ? Attention::Score::kDot
                                                                        : Attention::Score::kConcat;
}

const Activation& tanh_activation() {
  static const Activation& kTanh = *find_activation("tanh");
  return kTanh;
}

void add_scaled(const float* from, float factor, float* to, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) to[i] += factor * from[i];
}

}  // namespace

Attention::Attention(ConfigReader& config, bool additive)
    : score_(read_score(config, additive)),
      use_scale_(config.boolean("use_scale", additive)),
      weights_(config) {}

nlohmann::json Attention::config() const {
  nlohmann::json config{{"use_scale", use_scale_}};
  if (score_ == Score::kDot) config["score_mode"] = "dot";
  if (score_ == Score::kConcat) config["score_mode"] = "concat";
  weights_.write(config);
  return config;
}

Result<std::vector<Shape>> Attention::build(std::span<const Shape> inputs,
                                            const BuildContext& context) {
  if (inputs.size() != 2 && inputs.size() != 3) {
    return fail(Errc::kInvalid, "takes query and value, or query, value and key, not {} inputs",
                inputs.size());
  }
  for (const Shape& shape : inputs) {
    if (shape.size() == 2) continue;
    return fail(Errc::kInvalid, "needs inputs of (steps, features), not {}", to_string(shape));
  }
  inputs_ = inputs.size();
  const Shape& key = inputs[key_input()];
  if (key[0] != inputs[1][0] || key[1] != inputs[0][1]) {
    return fail(Errc::kInvalid,
                "the key {} must have the value's steps {} and the query's {} features",
                to_string(key), inputs[1][0], inputs[0][1]);
  }
  queries_ = inputs[0][0];
  features_ = inputs[0][1];
  keys_ = inputs[1][0];
  values_ = inputs[1][1];
  DK_TRY(element_count({queries_, values_}));
  DK_TRY_ASSIGN(tanh_, FloatBuffer::make(features_));
  DK_TRY_ASSIGN(q_gradient_, FloatBuffer::make(context.training ? queries_ * features_ : 0));
  DK_TRY_ASSIGN(k_gradient_, FloatBuffer::make(context.training ? keys_ * features_ : 0));
  DK_TRY_ASSIGN(scale_gradient_, FloatBuffer::make(context.training ? features_ : 0));
  DK_TRY_ASSIGN(weight_gradient_, FloatBuffer::make(context.training ? 1 : 0));
  DK_TRY(weights_.plan(queries_, keys_, context.max_batch, context.training));
  return std::vector<Shape>{{queries_, values_}};
}

std::vector<VariableSpec> Attention::variables() const {
  const Initializer ones = *parse_initializer("ones");
  std::vector<VariableSpec> variables;
  if (use_scale_ && score_ == Score::kAdditive) {
    variables.push_back({"scale", {features_}, *parse_initializer("glorot_uniform")});
  } else if (use_scale_) {
    variables.push_back({"scale", {}, ones});
  }
  if (score_ == Score::kConcat) variables.push_back({"concat_score_weight", {}, ones});
  return variables;
}

std::size_t Attention::workspace_floats() const {
  return weights_.workspace_floats() + tanh_.span().size() + q_gradient_.span().size() +
         k_gradient_.span().size() + scale_gradient_.span().size() + weight_gradient_.span().size();
}

Attention::Sample Attention::sample_of(std::span<const float* const> inputs,
                                       std::span<const float* const> masks,
                                       std::size_t index) const {
  Sample sample{inputs[0] + index * queries_ * features_,
                inputs[key_input()] + index * keys_ * features_,
                inputs[1] + index * keys_ * values_, nullptr};
  if (!masks.empty() && masks[0] != nullptr) sample.q_mask = masks[0] + index * queries_;
  return sample;
}

float Attention::inner_scale(std::span<float* const> variables) const {
  return use_scale_ && score_ != Score::kAdditive ? *variables[0] : 1;
}

float Attention::outer_weight(std::span<float* const> variables, std::size_t i) const {
  if (score_ == Score::kConcat) return *variables[use_scale_ ? 1 : 0];
  return use_scale_ ? variables[0][i] : 1;
}

void Attention::take_tanh(const float* q, const float* k, std::span<float* const> variables) {
  const float scale = inner_scale(variables);
  for (std::size_t i = 0; i < features_; ++i) tanh_.data()[i] = scale * (q[i] + k[i]);
  tanh_activation().forward(tanh_.data(), nullptr, nullptr, 1, features_);
}

void Attention::score(const Sample& sample, std::span<float* const> variables, float* scores) {
  if (score_ == Score::kDot) {
    input_gradient_parts({sample.q, features_}, {sample.k, features_}, {scores, keys_}, queries_,
                         keys_, features_, false, inner_scale(variables));
    return;
  }
  for (std::size_t pair = 0; pair < queries_ * keys_; ++pair) {
    take_tanh(sample.q + pair / keys_ * features_, sample.k + pair % keys_ * features_, variables);
    float sum = 0;
    for (std::size_t i = 0; i < features_; ++i) {
      sum += outer_weight(variables, i) * tanh_.data()[i];
    }
    scores[pair] = sum;
  }
}

void Attention::forward(const ForwardPass& pass) {
  for (std::size_t index = 0; index < pass.n; ++index) {
    const Sample sample = sample_of(pass.inputs, pass.masks, index);
    score(sample, pass.variables, weights_.scores(index));
    AttentionMasks masks;
    if (pass.masks.size() > 1 && pass.mask(1) != nullptr)
      masks.value = pass.mask(1) + index * keys_;
    const float* weights = weights_.forward(index, masks, pass.training, pass.seed);
    float* out = pass.out() + index * queries_ * values_;
    multiply_parts({weights, keys_}, {sample.v, values_}, {out, values_}, queries_, keys_, values_,
                   false);
    for (std::size_t query = 0; sample.q_mask != nullptr && query < queries_; ++query) {
      if (sample.q_mask[query] == 0) std::fill_n(out + query * values_, values_, 0.0F);
    }
  }
}

void Attention::backward(const BackwardPass& pass) {
  std::fill_n(scale_gradient_.data(), features_, 0.0F);
  *weight_gradient_.data() = 0;
  for (std::size_t index = 0; index < pass.n; ++index) backward(pass, index);
  write_variable_gradients(pass.gradients);
}

void Attention::backward(const BackwardPass& pass, std::size_t index) {
  const Sample sample = sample_of(pass.inputs, pass.masks, index);
  float* out = pass.out_gradient() + index * queries_ * values_;
  for (std::size_t query = 0; sample.q_mask != nullptr && query < queries_; ++query) {
    if (sample.q_mask[query] == 0) std::fill_n(out + query * values_, values_, 0.0F);
  }
  if (pass.in_gradient(1) != nullptr) {
    kernel_gradient_parts({weights_.weights(index, pass.seed), keys_}, {out, values_},
                          {pass.in_gradient(1) + index * keys_ * values_, values_}, queries_, keys_,
                          values_, false);
  }
  input_gradient_parts({out, values_}, {sample.v, values_}, {weights_.gradient(), keys_}, queries_,
                       keys_, values_, false);
  weights_.backward(index, pass.seed);
  score_back(sample, pass.variables);
  if (pass.in_gradient() != nullptr) {
    std::copy_n(q_gradient_.data(), queries_ * features_,
                pass.in_gradient() + index * queries_ * features_);
  }
  if (pass.in_gradient(key_input()) == nullptr) return;
  float* key = pass.in_gradient(key_input()) + index * keys_ * features_;
  if (key_input() != 1) std::fill_n(key, keys_ * features_, 0.0F);
  add_scaled(k_gradient_.data(), 1, key, keys_ * features_);
}

void Attention::score_back(const Sample& sample, std::span<float* const> variables) {
  if (score_ == Score::kDot) {
    dot_back(sample, inner_scale(variables));
  } else {
    tanh_back(sample, variables);
  }
}

void Attention::dot_back(const Sample& sample, float scale) {
  const float* gradient = weights_.gradient();
  multiply_parts({gradient, keys_}, {sample.k, features_}, {q_gradient_.data(), features_},
                 queries_, keys_, features_, false, scale);
  kernel_gradient_parts({gradient, keys_}, {sample.q, features_}, {k_gradient_.data(), features_},
                        queries_, keys_, features_, false, scale);
  if (!use_scale_) return;
  for (std::size_t pair = 0; pair < queries_ * keys_; ++pair) {
    const float* q = sample.q + pair / keys_ * features_;
    const float* k = sample.k + pair % keys_ * features_;
    for (std::size_t i = 0; i < features_; ++i)
      scale_gradient_.data()[i] += gradient[pair] * q[i] * k[i];
  }
}

void Attention::tanh_back(const Sample& sample, std::span<float* const> variables) {
  std::fill_n(q_gradient_.data(), queries_ * features_, 0.0F);
  std::fill_n(k_gradient_.data(), keys_ * features_, 0.0F);
  const float inner = inner_scale(variables);
  float* scale_gradient = scale_gradient_.data();
  for (std::size_t pair = 0; pair < queries_ * keys_; ++pair) {
    const std::size_t query = pair / keys_ * features_;
    const std::size_t key = pair % keys_ * features_;
    const float gradient = weights_.gradient()[pair];
    take_tanh(sample.q + query, sample.k + key, variables);
    for (std::size_t i = 0; i < features_; ++i) {
      const float t = tanh_.data()[i];
      const float by_sum = gradient * outer_weight(variables, i) * (1 - t * t);
      q_gradient_.data()[query + i] += inner * by_sum;
      k_gradient_.data()[key + i] += inner * by_sum;
      if (score_ == Score::kConcat) {
        *weight_gradient_.data() += gradient * t;
        scale_gradient[i] += by_sum * (sample.q[query + i] + sample.k[key + i]);
      } else {
        scale_gradient[i] += gradient * t;
      }
    }
  }
}

void Attention::write_variable_gradients(std::span<float* const> gradients) const {
  const float* scale = scale_gradient_.data();
  if (use_scale_ && gradients[0] != nullptr) {
    if (score_ == Score::kAdditive) {
      std::copy_n(scale, features_, gradients[0]);
    } else {
      *gradients[0] = 0;
      for (std::size_t i = 0; i < features_; ++i) *gradients[0] += scale[i];
    }
  }
  const std::size_t weight = use_scale_ ? 1 : 0;
  if (score_ == Score::kConcat && gradients[weight] != nullptr) {
    *gradients[weight] = *weight_gradient_.data();
  }
}

std::unique_ptr<Layer> make_attention(ConfigReader& config) {
  return std::make_unique<Attention>(config, false);
}

std::unique_ptr<Layer> make_additive_attention(ConfigReader& config) {
  return std::make_unique<Attention>(config, true);
}

}  // namespace dk::model
