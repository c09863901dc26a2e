// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <nlohmann/json.hpp>

#include <span>
#include <string>
#include <string_view>

namespace dk::model {

/// One of Keras' small objects (optimizer, schedule, initializer, regularizer, constraint) in any
/// of its spellings: `"l2"`, Keras' `{"class_name": "L2", "config": {"l2": 0.1}}` with Keras 3's
/// `module` and `registered_name`, or a descriptor's `{"name": "l2", "l2": 0.1}`.
struct KerasObject {
  std::string name;  ///< As written, without Keras 2's package `Custom>`.
  nlohmann::json config = nlohmann::json::object();
};

/// `what` stands in front of messages; `known` are the names that are supported. kInvalid when it
/// is no such object or of a module that is not Keras'. The name itself is not checked.
[[nodiscard]] Result<KerasObject> read_keras_object(const nlohmann::json& json,
                                                    std::string_view what,
                                                    std::span<const std::string> known);

/// Whether both are the same but for case and underscores: `max_norm`, `MaxNorm`, `maxnorm`.
[[nodiscard]] bool same_name(std::string_view a, std::string_view b);

/// What Keras 3 writes and both generations read.
[[nodiscard]] nlohmann::json keras_object(std::string_view module, std::string_view class_name,
                                          nlohmann::json config);

/// The error for a name that is not among `known`.
[[nodiscard]] tl::unexpected<Error> unknown_name(std::string_view what, std::string_view name,
                                                 std::span<const std::string> known);

}  // namespace dk::model
