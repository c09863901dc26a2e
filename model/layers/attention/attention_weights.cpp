// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/attention/attention_weights.hpp"

#include "base/multiversion.hpp"
#include "model/layers/regularization/draws.hpp"
#include "model/layers/rnn/dropout_factors.hpp"

namespace dk::model {
namespace {

constexpr float kHidden = -1e9F;

DK_MULTIVERSION void multiply_each(const float* a, const float* b, float* product,
                                   std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) product[i] = a[i] * b[i];
}

}  // namespace

AttentionWeights::AttentionWeights(ConfigReader& config)
    : dropout_(config.number("dropout", 0, 0, 1)),
      seed_(config.seed()),
      causal_(config.boolean("use_causal_mask", false)),
      softmax_(*find_activation("softmax")) {}

void AttentionWeights::write(nlohmann::json& config) const {
  config["dropout"] = dropout_;
  if (seed_) config["seed"] = *seed_;
  if (causal_) config["use_causal_mask"] = true;
}

Result<void> AttentionWeights::plan(std::size_t queries, std::size_t keys, std::size_t tiles,
                                    bool training) {
  queries_ = queries;
  keys_ = keys;
  keeps_ = training;
  DK_TRY_ASSIGN(const std::size_t tile, element_count({queries, keys}));
  const std::size_t dropped = training && dropout_ > 0 ? tile : 0;
  DK_TRY_ASSIGN(probabilities_, FloatBuffer::make(training ? tiles * tile : tile));
  DK_TRY_ASSIGN(dropped_, FloatBuffer::make(dropped));
  DK_TRY_ASSIGN(factors_, FloatBuffer::make(dropped));
  DK_TRY_ASSIGN(gradient_, FloatBuffer::make(training ? tile : 0));
  return {};
}

std::size_t AttentionWeights::workspace_floats() const {
  return probabilities_.span().size() + dropped_.span().size() + factors_.span().size() +
         gradient_.span().size();
}

float* AttentionWeights::scores(std::size_t index) {
  return probabilities_.data() + (keeps_ ? index * queries_ * keys_ : 0);
}

void AttentionWeights::hide(float* scores, const AttentionMasks& masks) const {
  for (std::size_t query = 0; query < queries_; ++query, scores += keys_) {
    const bool no_query = masks.query != nullptr && masks.query[query] == 0;
    for (std::size_t key = 0; key < keys_; ++key) {
      const bool hidden = no_query || (masks.value != nullptr && masks.value[key] == 0) ||
                          (masks.key != nullptr && masks.key[key] == 0) || (causal_ && key > query);
      if (hidden) scores[key] += kHidden;
    }
  }
}

void AttentionWeights::draw(std::size_t index, std::uint64_t seed) {
  fill_dropout_factors(factors_.data(), queries_ * keys_, dropout_,
                       seed_for(layer_stream(seed, seed_), index));
}

const float* AttentionWeights::forward(std::size_t index, const AttentionMasks& masks,
                                       bool training, std::uint64_t seed) {
  float* tile = scores(index);
  if (causal_ || masks.query != nullptr || masks.value != nullptr || masks.key != nullptr) {
    hide(tile, masks);
  }
  softmax_.forward(tile, nullptr, nullptr, queries_, keys_);
  return training ? weights(index, seed) : tile;
}

const float* AttentionWeights::weights(std::size_t index, std::uint64_t seed) {
  if (dropout_ == 0) return scores(index);
  draw(index, seed);
  multiply_each(scores(index), factors_.data(), dropped_.data(), queries_ * keys_);
  return dropped_.data();
}

void AttentionWeights::backward(std::size_t index, std::uint64_t seed) {
  if (dropout_ > 0) {
    draw(index, seed);
    multiply_each(gradient_.data(), factors_.data(), gradient_.data(), queries_ * keys_);
  }
  softmax_.backward(scores(index), nullptr, gradient_.data(), nullptr, queries_, keys_);
}

}  // namespace dk::model
