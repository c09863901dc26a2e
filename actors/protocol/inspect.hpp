// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/wire.hpp"

#include <caf/meta/type_name.hpp>

// How a message is written and read: behind its struct, with the fields of its first release in
// their order. What comes later goes into DK_INSPECT_ADDED's parentheses; see wire.hpp.

#define DK_INSPECT_ADDED(Type, added_fields, ...)                    \
  template <class Inspector>                                         \
  typename Inspector::result_type inspect(Inspector& f, Type& x) {   \
    auto later = added added_fields;                                 \
    return f(caf::meta::type_name("dk." #Type), __VA_ARGS__, later); \
  }
#define DK_INSPECT(Type, ...) DK_INSPECT_ADDED(Type, (), __VA_ARGS__)
