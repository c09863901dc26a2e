// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <fmt/format.h>

#include <compare>
#include <cstdint>
#include <functional>

namespace dk {

/// A number that means one thing only: a WorkerId is not a ShardId. Zero is "none".
template <class Tag, class Rep>
struct StrongId {
  Rep value = 0;

  constexpr StrongId() = default;
  constexpr explicit StrongId(Rep number) : value(number) {}

  constexpr auto operator<=>(const StrongId&) const = default;
  constexpr explicit operator bool() const { return value != 0; }

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, StrongId& id) {
    return f(id.value);
  }
};

}  // namespace dk

template <class Tag, class Rep>
struct std::hash<dk::StrongId<Tag, Rep>> {
  std::size_t operator()(dk::StrongId<Tag, Rep> id) const noexcept {
    return std::hash<Rep>{}(id.value);
  }
};

template <class Tag, class Rep>
struct fmt::formatter<dk::StrongId<Tag, Rep>> {
  constexpr auto parse(fmt::format_parse_context& context) { return context.begin(); }
  auto format(dk::StrongId<Tag, Rep> id, fmt::format_context& context) const {
    return fmt::format_to(context.out(), "{}", id.value);
  }
};
