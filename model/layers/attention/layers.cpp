// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/layers.hpp"

#include "model/layers/attention/attention.hpp"
#include "model/layers/attention/multi_head_attention.hpp"

namespace dk::model {

std::span<const LayerClass> attention_layers() {
  static constexpr LayerClass kClasses[] = {
      {"AdditiveAttention", make_additive_attention},
      {"Attention", make_attention},
      {"MultiHeadAttention", make_from_config<MultiHeadAttention>},
  };
  return kClasses;
}

}  // namespace dk::model
