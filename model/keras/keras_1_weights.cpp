// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/stored_weights.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace dk::model {
namespace {

bool is_convolution(const std::string& name) {
  return name == "Conv1D" || name == "Conv2D" || name == "Conv3D" || name == "Conv2DTranspose";
}

/// Axis `i` of the result is axis `axes[i]` of the kernel.
void transpose(Weight& weight, std::span<const std::size_t> axes) {
  const std::size_t rank = axes.size();
  if (weight.shape.size() != rank || weight.values.empty()) return;
  std::vector<std::size_t> strides(rank, 1);
  for (std::size_t i = rank - 1; i > 0; --i) strides[i - 1] = strides[i] * weight.shape[i];
  Weight result{weight.name, {}, std::vector<float>(weight.values.size())};
  for (const std::size_t axis : axes) result.shape.push_back(weight.shape[axis]);
  std::vector<std::size_t> index(rank, 0);
  for (float& value : result.values) {
    std::size_t from = 0;
    for (std::size_t i = 0; i < rank; ++i) from += index[i] * strides[axes[i]];
    value = weight.values[from];
    for (std::size_t i = rank; i > 0 && ++index[i - 1] == result.shape[i - 1]; --i) {
      index[i - 1] = 0;
    }
  }
  weight = std::move(result);
}

/// Theano convolves where others correlate: every spatial axis runs backwards.
void flip(Weight& kernel) {
  if (kernel.shape.size() < 3) return;
  const std::size_t pair = kernel.shape[kernel.shape.size() - 2] * kernel.shape.back();
  if (pair == 0) return;
  const std::size_t places = kernel.values.size() / pair;
  for (std::size_t i = 0; i < places / 2; ++i) {
    std::swap_ranges(kernel.values.begin() + static_cast<std::ptrdiff_t>(i * pair),
                     kernel.values.begin() + static_cast<std::ptrdiff_t>((i + 1) * pair),
                     kernel.values.begin() + static_cast<std::ptrdiff_t>((places - 1 - i) * pair));
  }
}

void convert_kernel(const LayerSpec& layer, Weight& kernel) {
  const std::size_t rank = kernel.shape.size();
  if (layer.class_name == "Conv1D") {
    if (rank != 4 || kernel.shape[1] != 1) return;
    kernel.shape.erase(kernel.shape.begin() + 1);
  } else if (layer.config.value("data_format", "") == "channels_first") {
    // Filters and channels stood in front.
    constexpr std::array<std::size_t, 4> kPlane{2, 3, 1, 0};
    constexpr std::array<std::size_t, 4> kTransposed{2, 3, 0, 1};
    constexpr std::array<std::size_t, 5> kVolume{2, 3, 4, 1, 0};
    if (layer.class_name == "Conv2D") transpose(kernel, kPlane);
    if (layer.class_name == "Conv2DTranspose") transpose(kernel, kTransposed);
    if (layer.class_name == "Conv3D") transpose(kernel, kVolume);
  } else if (layer.class_name == "Conv2DTranspose") {
    constexpr std::array<std::size_t, 4> kSwapped{0, 1, 3, 2};
    transpose(kernel, kSwapped);
  }
}

/// Puts these side by side along their last axis.
bool join(std::span<const Weight> weights, std::span<const std::size_t> parts, Weight& joined) {
  const Weight& first = weights[parts.front()];
  if (first.shape.empty() || first.shape.back() == 0) return false;
  const std::size_t width = first.shape.back();
  for (const std::size_t part : parts) {
    if (weights[part].shape != first.shape) return false;
  }
  joined.name = first.name;
  joined.shape = first.shape;
  joined.shape.back() *= parts.size();
  for (std::size_t row = 0; row < first.values.size() / width; ++row) {
    for (const std::size_t part : parts) {
      const auto begin = weights[part].values.begin() + static_cast<std::ptrdiff_t>(row * width);
      joined.values.insert(joined.values.end(), begin, begin + static_cast<std::ptrdiff_t>(width));
    }
  }
  return true;
}

/// Keras 1 kept kernel, recurrent kernel and bias of every gate for themselves; `gates` is where
/// today's gates stood.
void join_gates(std::vector<Weight>& weights, std::span<const std::size_t> gates) {
  if (weights.size() != 3 * gates.size()) return;
  std::vector<Weight> joined(3);
  for (std::size_t kind = 0; kind < joined.size(); ++kind) {
    std::vector<std::size_t> parts;
    for (const std::size_t gate : gates) parts.push_back(3 * gate + kind);
    if (!join(weights, parts, joined[kind])) return;
  }
  weights = std::move(joined);
}

}  // namespace

void convert_weights(const LayerSpec& layer, bool keras_1, bool theano,
                     std::vector<Weight>& weights) {
  constexpr std::array<std::size_t, 4> kInputForgetCellOutput{0, 2, 1, 3};
  constexpr std::array<std::size_t, 3> kUpdateResetNew{0, 1, 2};
  if (weights.empty()) return;
  if (keras_1 && layer.class_name == "LSTM") join_gates(weights, kInputForgetCellOutput);
  if (keras_1 && layer.class_name == "GRU") join_gates(weights, kUpdateResetNew);
  if (!is_convolution(layer.class_name)) return;
  if (keras_1) convert_kernel(layer, weights.front());
  if (theano) flip(weights.front());
}

}  // namespace dk::model
