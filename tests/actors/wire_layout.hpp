// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/protocol.hpp"

#include <fmt/format.h>

#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace dk::test {

/// What messages look like on the wire, a line for each kind: `dk.Held: u32 u64 u64 +`, with what
/// was added after its first release behind the +.
class WireLayout {
 public:
  /// Of a field; structures get a line of their own.
  template <class T>
  std::string name_of() {
    if constexpr (std::is_same_v<T, bool>) {
      return "bool";
    } else if constexpr (std::is_same_v<T, std::string>) {
      return "text";
    } else if constexpr (std::is_same_v<T, caf::strong_actor_ptr>) {
      return "actor";
    } else if constexpr (std::is_same_v<T, Tensor>) {
      return "floats";
    } else if constexpr (std::is_enum_v<T>) {
      return name_of<std::underlying_type_t<T>>();
    } else if constexpr (std::is_arithmetic_v<T>) {
      const auto* kind = std::is_floating_point_v<T> ? "f" : std::is_signed_v<T> ? "i" : "u";
      return fmt::format("{}{}", kind, 8 * sizeof(T));
    } else {
      return name_of(static_cast<T*>(nullptr));
    }
  }

  [[nodiscard]] std::string text() const {
    std::string result;
    for (const auto& [name, fields] : lines_) result += fmt::format("{}:{}\n", name, fields);
    return result;
  }

 private:
  /// An inspector of one structure.
  struct Fields {
    using result_type = caf::error;
    WireLayout& layout;
    std::string name{};
    std::string text{};

    template <class... Ts>
    caf::error operator()(Ts&&... fields) {
      (add(fields), ...);
      return caf::none;
    }
    void add(caf::meta::type_name_t& type) { name = type.value; }
    template <class... Ts>
    void add(Added<Ts...>& later) {
      text += " +";
      std::apply(*this, later.fields);
    }
    template <class T>
    void add(T&) {
      text += " " + layout.name_of<T>();
    }
  };

  template <class T>
  std::string name_of(std::vector<T>*) {
    return "[" + name_of<T>() + "]";
  }
  template <class K, class V>
  std::string name_of(std::map<K, V>*) {
    return "{" + name_of<K>() + ": " + name_of<V>() + "}";
  }
  template <class T>
  std::string name_of(T*) {
    T value{};
    Fields fields{*this};
    static_cast<void>(inspect(fields, value));
    // A number with a type of its own.
    if (fields.name.empty()) return fields.text.substr(1);
    lines_[fields.name] = fields.text;
    return fields.name;
  }

  std::map<std::string, std::string> lines_;
};

}  // namespace dk::test
