// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace dk::model {

/// Which Keras wrote a text, as far as the same words mean different things.
struct KerasOrigin {
  /// `hard_sigmoid` is relu6(x + 3) / 6 since Keras 3: our `hard_sigmoid_keras_3`.
  bool keras_3 = false;
  /// Before Keras 2.1 a GRU had no `reset_after` and worked as with false.
  bool old_gru = false;
};

/// What the root of a model's JSON tells; `version` is Keras' `keras_version` when it stands
/// elsewhere, as in an HDF5 attribute.
[[nodiscard]] KerasOrigin origin_of(const nlohmann::json& root, std::string_view version = {});

/// Brings a layer's class and config of any Keras to today's names and plain values: Keras 1's
/// arguments and classes (`Convolution2D`, `nb_filter`, `border_mode` ...), Keras 3's `module`,
/// `registered_name` and dtype policies. A custom class or function is refused by name.
[[nodiscard]] Result<void> modernize(std::string& class_name, nlohmann::json& config,
                                     const KerasOrigin& origin, const std::string& where);

/// kInvalid when an object of `class_name` is not Keras' own, by its `module` or `registered_name`.
[[nodiscard]] Result<void> check_not_custom(const nlohmann::json& object, const std::string& where);

/// Keras 1's class names and arguments to those since Keras 2; anything else stays.
void rename_keras_1(std::string& class_name, nlohmann::json& config);

}  // namespace dk::model
