// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/layers/attention/attention_weights.hpp"
#include "model/layers/read_config.hpp"

#include <memory>

namespace dk::model {

/// Keras' Attention and AdditiveAttention: y = weights(scores) * value (AttentionWeights), 0 where
/// the query is masked. Inputs: query (queries, features), value (keys, values) and key (keys,
/// features), else the value. The scores of query q and key k, sums over the features:
///
///     dot       scale * sum(q * k)                      (Luong et al., 2015)
///     concat    weight * sum(tanh(scale * (q + k)))
///     additive  sum(scale * tanh(q + k))                (Bahdanau et al., 2015)
///
/// With use_scale, scale is a variable, of AdditiveAttention one for each feature; else 1.
class Attention final : public Layer {
 public:
  enum class Score { kDot, kConcat, kAdditive };

  Attention(ConfigReader& config, bool additive);

  [[nodiscard]] nlohmann::json config() const override;
  Result<std::vector<Shape>> build(std::span<const Shape> inputs,
                                   const BuildContext& context) override;
  [[nodiscard]] std::vector<VariableSpec> variables() const override;
  [[nodiscard]] Placement placement() const override { return {.keeps_outputs = false}; }
  [[nodiscard]] std::size_t workspace_floats() const override;
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;
  [[nodiscard]] MaskRule mask_rule(std::span<const bool>) const override { return MaskRule::kPass; }

 private:
  /// One sample's tensors.
  struct Sample {
    const float* q = nullptr;
    const float* k = nullptr;
    const float* v = nullptr;
    const float* q_mask = nullptr;  ///< queries, or nullptr.
  };

  [[nodiscard]] Sample sample_of(std::span<const float* const> inputs,
                                 std::span<const float* const> masks, std::size_t index) const;
  void score(const Sample& sample, std::span<float* const> variables, float* scores);
  /// From the gradient by the scores: q_gradient_ and k_gradient_ set, the variables' added to.
  void score_back(const Sample& sample, std::span<float* const> variables);
  void dot_back(const Sample& sample, float scale);
  void tanh_back(const Sample& sample, std::span<float* const> variables);
  /// tanh_ = tanh(a * (q + k)), a being 1 or what `concat` scales with.
  void take_tanh(const float* q, const float* k, std::span<float* const> variables);
  [[nodiscard]] float inner_scale(std::span<float* const> variables) const;
  /// What the tanh of feature `i` is multiplied with.
  [[nodiscard]] float outer_weight(std::span<float* const> variables, std::size_t i) const;
  void backward(const BackwardPass& pass, std::size_t index);
  void write_variable_gradients(std::span<float* const> gradients) const;
  [[nodiscard]] std::size_t key_input() const { return inputs_ - 1; }

  Score score_;
  bool use_scale_;
  AttentionWeights weights_;
  std::size_t inputs_ = 2;
  std::size_t queries_ = 0;
  std::size_t keys_ = 0;
  std::size_t features_ = 0;
  std::size_t values_ = 0;
  FloatBuffer tanh_;
  FloatBuffer q_gradient_;
  FloatBuffer k_gradient_;
  FloatBuffer scale_gradient_;   ///< features
  FloatBuffer weight_gradient_;  ///< 1
};

std::unique_ptr<Layer> make_attention(ConfigReader& config);
std::unique_ptr<Layer> make_additive_attention(ConfigReader& config);

}  // namespace dk::model
