// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"
#include "model/architecture.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dk::model {

/// A tensor as Keras' graphs name it: output `tensor` of call `node` of a layer.
struct TensorName {
  std::string layer;
  std::uint32_t node = 0;
  std::uint32_t tensor = 0;
};

/// `[name, node, tensor]` of Keras 1 and 2, with the call's arguments behind it, or Keras 3's
/// `__keras_tensor__`; nothing when it is neither.
[[nodiscard]] std::optional<TensorName> tensor_name(const nlohmann::json& value);

/// A list of tensors, or one.
[[nodiscard]] Result<std::vector<TensorName>> tensor_list(const nlohmann::json& value,
                                                          const std::string& where);

/// The inputs of one call of `layer`, in our order, from an entry of Keras' `inbound_nodes` of any
/// generation. Arguments without an equivalent are refused by name.
[[nodiscard]] Result<std::vector<TensorName>> read_call(const nlohmann::json& node,
                                                        const LayerSpec& layer,
                                                        const std::string& where);

}  // namespace dk::model
