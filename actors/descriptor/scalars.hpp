// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/descriptor/yaml_tree.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace dk::descriptor {

/// A scalar by YAML's core schema; nothing when it is a number that is not finite or that no
/// double can hold.
[[nodiscard]] std::optional<nlohmann::json> scalar_to_json(const Node& scalar);

/// A plain scalar of decimal digits; nothing for all else.
[[nodiscard]] std::optional<std::uint64_t> to_whole_number(const Node& node);
/// A plain scalar that is a finite number, with or without a point.
[[nodiscard]] std::optional<double> to_number(const Node& node);
/// A number and its unit (ms, s, m, h) without a space: "500ms", "1.5s", "2m".
[[nodiscard]] std::optional<std::chrono::milliseconds> to_duration(const Node& node);
/// Bytes, or a whole number and its unit (kB, MB, GB, KiB, MiB, GiB) without a space: "500MiB"; at
/// most 1024GiB.
[[nodiscard]] std::optional<std::uint64_t> to_bytes(const Node& node);
/// The shortest way to write a duration so that `to_duration` reads it: "500ms", "2m".
[[nodiscard]] std::string duration_text(std::chrono::milliseconds duration);

}  // namespace dk::descriptor
