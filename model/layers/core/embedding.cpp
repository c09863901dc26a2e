// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/core/embedding.hpp"

#include "base/multiversion.hpp"

#include <algorithm>
#include <limits>

namespace dk::model {
namespace {

/// Above, float32 cannot tell neighbouring indices apart.
constexpr std::size_t kMaxRows = std::size_t{1} << 24;

/// False for NaN too.
bool is_row(float index, std::size_t rows) {
  return index > -1.0F && index < static_cast<float>(rows);
}

void gather(const float* indices, const float* table, float* out, std::size_t count,
            std::size_t rows, std::size_t width) {
  for (std::size_t i = 0; i < count; ++i, out += width) {
    if (is_row(indices[i], rows)) {
      std::copy_n(table + static_cast<std::size_t>(indices[i]) * width, width, out);
    } else {
      std::fill_n(out, width, std::numeric_limits<float>::quiet_NaN());
    }
  }
}

DK_MULTIVERSION void scatter(const float* indices, const float* gradient, float* table,
                             std::size_t count, std::size_t rows, std::size_t width) {
  for (std::size_t i = 0; i < count; ++i) {
    if (!(indices[i] > -1.0F && indices[i] < static_cast<float>(rows))) continue;
    float* row = table + static_cast<std::size_t>(indices[i]) * width;
    const float* from = gradient + i * width;
    for (std::size_t k = 0; k < width; ++k) row[k] += from[k];
  }
}

}  // namespace

Embedding::Embedding(ConfigReader& config)
    : rows_(config.count("input_dim")),
      width_(config.count("output_dim")),
      mask_zero_(config.boolean("mask_zero", false)),
      embeddings_(VariableConfig::read(config, "embeddings", "random_uniform")) {
  if (const auto* length = config.find("input_length")) input_length_ = *length;
  config.only_null({"lora_rank", "lora_alpha", "quantization_config", "weights"});
  config.only("sparse", false);
  if (rows_ > kMaxRows) {
    config.problem(fmt::format("input_dim is {}; indices are float32, so it can be at most {}",
                               rows_, kMaxRows));
  }
}

nlohmann::json Embedding::config() const {
  nlohmann::json config{{"input_dim", rows_},
                        {"output_dim", width_},
                        {"mask_zero", mask_zero_},
                        {"input_length", input_length_}};
  embeddings_.write(config, "embeddings");
  return config;
}

Result<void> Embedding::check_input_length(const Shape& input) const {
  if (input_length_.is_null()) return {};
  const auto lengths =
      input_length_.is_array() ? input_length_ : nlohmann::json::array({input_length_});
  bool same = lengths.size() == input.size();
  for (std::size_t axis = 0; same && axis < input.size(); ++axis) {
    same = lengths[axis].is_null() || lengths[axis] == input[axis];
  }
  if (same) return {};
  return fail(Errc::kInvalid, "input_length is {}, but the input is {}", input_length_.dump(),
              to_string(input));
}

Result<Shape> Embedding::build(const Shape& input, const BuildContext& /*context*/) {
  DK_TRY(check_input_length(input));
  DK_TRY_ASSIGN(indices_, element_count(input));
  input_ = input;
  Shape output = input;
  output.push_back(width_);
  DK_TRY(element_count(output));
  return output;
}

std::vector<VariableSpec> Embedding::variables() const {
  return {embeddings_.spec("embeddings", {rows_, width_})};
}

Placement Embedding::placement() const {
  return {.keeps_inputs = trainable(), .keeps_outputs = false};
}

void Embedding::forward(const ForwardPass& pass) {
  gather(pass.in(), pass.variables[0], pass.out(), pass.n * indices_, rows_, width_);
}

void Embedding::backward(const BackwardPass& pass) {
  if (pass.gradients[0] != nullptr) {
    std::fill_n(pass.gradients[0], rows_ * width_, 0.0F);
    scatter(pass.in(), pass.out_gradient(), pass.gradients[0], pass.n * indices_, rows_, width_);
  }
  if (pass.in_gradient() != nullptr) std::fill_n(pass.in_gradient(), pass.n * indices_, 0.0F);
}

MaskRule Embedding::mask_rule(std::span<const bool>) const {
  return mask_zero_ ? MaskRule::kMake : MaskRule::kDrop;
}

void Embedding::make_mask(const ForwardPass& pass, float* mask) {
  for (std::size_t i = 0; i < pass.n * indices_; ++i) mask[i] = pass.in()[i] != 0 ? 1.0F : 0.0F;
}

}  // namespace dk::model
