// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/protocol.hpp"
#include "base/result.hpp"

#include <caf/error.hpp>
#include <caf/result.hpp>

#include <utility>

namespace dk {

/// The one place where our errors become CAF's and CAF's become ours.
[[nodiscard]] caf::error to_caf(const Error& error);
/// Keeps our code and message; CAF's own errors become kUnavailable (peer gone, timed out) or
/// kInternal.
[[nodiscard]] Error from_caf(const caf::error& error);

/// A handler's answer: the value or the error.
template <class T>
caf::result<T> answer(Result<T> result) {
  if (result) return std::move(*result);
  return to_caf(result.error());
}

}  // namespace dk
