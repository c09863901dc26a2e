// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/descriptor/faults.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dk::descriptor {

/// A YAML value and where it stands. A plain tree: what YAML has beyond JSON (anchors, aliases,
/// tags, several documents, keys that are not words) is refused, so a small text cannot grow.
struct Node {
  enum class Kind { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  Place place;
  /// A scalar's text. A scalar in quotes is a string, even if it looks like a number.
  std::string text;
  bool in_quotes = false;
  /// A list's elements or a mapping's values, in order.
  std::vector<Node> items;
  /// In a mapping's value: its key.
  std::string key;
  Place key_place;

  [[nodiscard]] const Node* find(std::string_view wanted) const;
  [[nodiscard]] Node* find(std::string_view wanted);
  /// For messages: "'0'", "'0' in quotes", "a list", "a mapping", "empty".
  [[nodiscard]] std::string shown() const;
};

inline constexpr std::size_t kMaxDescriptorBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxDepth = 32;
inline constexpr std::size_t kMaxValues = 20'000;

/// False and one fault when the text is not UTF-8 or has control characters. `place` is where it
/// starts.
bool check_characters(std::string_view text, Place place, Faults& faults);

/// Parses one document; an empty text is kNull. Nothing when that is impossible; duplicate keys are
/// faults, too, but the first of them is kept and reading goes on. When `counts_lines` is false all
/// places are line 0.
[[nodiscard]] std::optional<Node> parse_yaml(std::string_view text, std::string source,
                                             bool counts_lines, Faults& faults);

/// The value as JSON: plain scalars by YAML's core schema (null, true, 12, 0.5), the rest strings.
/// Numbers that JSON cannot hold (.nan, .inf, 1e999) are faults, named by `path`.
[[nodiscard]] nlohmann::json to_json(const Node& node, const std::string& path, Faults& faults);

}  // namespace dk::descriptor
