// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/layers/attention/attention_weights.hpp"
#include "model/layers/read_config.hpp"

#include <array>

namespace dk::model {

/// Keras' MultiHeadAttention (Vaswani et al., 2017), for each head with its part of the kernels:
///
///     q = query * query_kernel + bias    k = key * key_kernel + bias    v = value * value_kernel +
///     bias a = weights(q * k^T / sqrt(key_dim)) * v (AttentionWeights) y = (a of all heads) *
///     output_kernel + bias
///
/// Inputs: query (queries, features), value (keys, features) and key (keys, features), else the
/// value. Kernels: (features, heads, key_dim), the value's (features, heads, value_dim), the
/// output's (heads, value_dim, output_shape); output_shape is the query's features unless given.
class MultiHeadAttention final : public Layer {
 public:
  explicit MultiHeadAttention(ConfigReader& config);

  [[nodiscard]] nlohmann::json config() const override;
  Result<std::vector<Shape>> build(std::span<const Shape> inputs,
                                   const BuildContext& context) override;
  [[nodiscard]] std::vector<VariableSpec> variables() const override;
  [[nodiscard]] Placement placement() const override;
  [[nodiscard]] std::size_t workspace_floats() const override;
  void forward(const ForwardPass& pass) override;
  void backward(const BackwardPass& pass) override;
  [[nodiscard]] MaskRule mask_rule(std::span<const bool>) const override { return MaskRule::kPass; }

 private:
  enum Role : std::size_t { kQuery, kKey, kValue };

  /// One of query, key and value.
  struct Projection {
    const char* scope = "";
    std::size_t input = 0;  ///< Of the layer.
    std::size_t steps = 0;
    std::size_t features = 0;
    std::size_t head = 0;   ///< Floats of a head: key_dim or value_dim.
    FloatBuffer projected;  ///< n * steps * heads * head; on the way back their gradient.
  };

  void read_shapes(ConfigReader& config);
  Result<void> read_inputs(std::span<const Shape> inputs);
  Result<void> allocate(const BuildContext& context);
  /// Place of the kernel among the variables; the bias, if any, is behind it.
  [[nodiscard]] std::size_t kernel_at(std::size_t role) const { return role * (use_bias_ ? 2 : 1); }
  void project(const ForwardPass& pass, Projection& projection, std::size_t kernel) const;
  void attend(const ForwardPass& pass, std::size_t sample, std::size_t head);
  void attend_back(const BackwardPass& pass, std::size_t sample, std::size_t head);
  void output_back(const BackwardPass& pass);
  void project_back(const BackwardPass& pass, std::size_t role, bool add);
  [[nodiscard]] float* part(Projection& projection, std::size_t sample, std::size_t head) const;

  std::size_t heads_;
  std::size_t key_dim_;
  std::size_t value_dim_ = 0;
  bool own_value_dim_ = false;
  bool use_bias_;
  std::size_t output_ = 0;  ///< 0: as the query's features.
  VariableConfig kernel_;
  VariableConfig bias_;
  AttentionWeights weights_;
  std::array<Projection, 3> projections_;
  std::size_t out_features_ = 0;
  FloatBuffer attended_;      ///< n * queries * heads * value_dim; on the way back its gradient.
  FloatBuffer key_gradient_;  ///< keys * key_dim
};

}  // namespace dk::model
