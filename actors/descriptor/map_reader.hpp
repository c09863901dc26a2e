// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/descriptor/scalars.hpp"
#include "actors/descriptor/yaml_tree.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace dk::descriptor {

/// Reads one mapping of the descriptor: a line of code per key says its name, type and limits, and
/// that line is also what makes the key known. All that does not fit becomes a fault, and the
/// variable keeps its default.
///
///     MapReader map(node, "checkpoint", faults);
///     map.whole_number("keep", spec.checkpoint_keep, 1, 1000);
///     map.refuse_unknown_keys();
class MapReader {
 public:
  enum class Presence { kOptional, kRequired };
  using enum Presence;

  /// `path` is the mapping's own name in messages, "" at the top. A node that is no mapping is a
  /// fault here, and every key then counts as absent. `allowed` tells what else might have stood
  /// there.
  MapReader(const Node& node, std::string path, Faults& faults,
            std::string_view allowed = "a mapping of keys");

  /// The key's value, nullptr when it is absent (a fault if it is required: `allowed` is told).
  const Node* value(std::string_view key, Presence presence = kOptional,
                    std::string_view allowed = "");
  template <class T>
  void whole_number(std::string_view key, T& out, std::uint64_t min, std::uint64_t max) {
    const Node* node = value(key);
    if (node != nullptr) read_whole_number(*node, path_of(key), out, min, max, faults_);
  }
  void flag(std::string_view key, bool& out);
  /// Text that is not empty and has no control characters, which a double-quoted string could.
  void text(std::string_view key, std::string& out, Presence presence, std::string_view allowed);
  void duration(std::string_view key, std::chrono::milliseconds& out, std::chrono::milliseconds min,
                std::chrono::milliseconds max);

  /// The last call: every key that was not asked for is a fault.
  void refuse_unknown_keys();

  [[nodiscard]] bool is_map() const { return is_map_; }
  [[nodiscard]] std::string path_of(std::string_view key) const;

  /// The same for a value that is not a key of a mapping, such as a list's element.
  template <class T>
  static void read_whole_number(const Node& node, const std::string& path, T& out,
                                std::uint64_t min, std::uint64_t max, Faults& faults) {
    static_assert(std::numeric_limits<T>::is_integer && !std::numeric_limits<T>::is_signed);
    const auto number = to_whole_number(node);
    if (number && *number >= min && *number <= max) {
      out = static_cast<T>(*number);
    } else {
      refuse(node, path, fmt::format("a whole number from {} to {}", min, max), faults);
    }
  }
  /// Adds "PATH is VALUE; allowed: ALLOWED".
  static void refuse(const Node& node, const std::string& path, std::string_view allowed,
                     Faults& faults);

 private:
  const Node& node_;
  std::string path_;
  Faults& faults_;
  bool is_map_;
  std::vector<std::string> known_keys_;
};

/// `text` if it is one of `names`; else a fault with a suggestion, and "".
std::string read_name(const Node& node, const std::string& path,
                      const std::vector<std::string>& names, Faults& faults);

}  // namespace dk::descriptor
