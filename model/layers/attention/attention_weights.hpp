// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/activations/activation.hpp"
#include "model/config_reader.hpp"
#include "model/shape.hpp"

#include <cstdint>
#include <optional>

namespace dk::model {

/// Whose scores count for nothing: padding, by masks that may be nullptr.
struct AttentionMasks {
  const float* query = nullptr;  ///< queries
  const float* value = nullptr;  ///< keys
  const float* key = nullptr;    ///< keys
};

/// From an attention layer's scores to what multiplies its values, tile by tile (queries, keys):
///
///     weights = dropout(softmax(scores - 1e9 * (1 - mask)))
///
/// with the softmax over the keys. use_causal_mask: query i sees only keys up to i.
class AttentionWeights {
 public:
  /// Reads dropout, seed and use_causal_mask, Keras' call argument of this name.
  explicit AttentionWeights(ConfigReader& config);
  void write(nlohmann::json& config) const;

  Result<void> plan(std::size_t queries, std::size_t keys, std::size_t tiles, bool training);
  [[nodiscard]] std::size_t workspace_floats() const;

  /// Where the scores of tile `index` go; in training it keeps what `backward` needs.
  [[nodiscard]] float* scores(std::size_t index);
  /// The weights of the tile, valid until the next call.
  const float* forward(std::size_t index, const AttentionMasks& masks, bool training,
                       std::uint64_t seed);
  /// The same again, in the way back.
  const float* weights(std::size_t index, std::uint64_t seed);
  /// Room for a tile's gradient.
  [[nodiscard]] float* gradient() { return gradient_.data(); }
  /// `gradient()` by the weights becomes that by the scores.
  void backward(std::size_t index, std::uint64_t seed);

 private:
  void hide(float* scores, const AttentionMasks& masks) const;
  void draw(std::size_t index, std::uint64_t seed);

  double dropout_;
  std::optional<std::uint64_t> seed_;
  bool causal_;
  const Activation& softmax_;
  std::size_t queries_ = 0;
  std::size_t keys_ = 0;
  bool keeps_ = false;
  FloatBuffer probabilities_;
  FloatBuffer dropped_;
  FloatBuffer factors_;
  FloatBuffer gradient_;
};

}  // namespace dk::model
