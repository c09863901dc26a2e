// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/errc.hpp"

#include <fmt/format.h>
#include <tl/expected.hpp>

#include <string>
#include <type_traits>
#include <utility>

namespace dk {

/// Why an operation failed: a code to branch on and one line for a person that names the offending
/// value.
struct Error {
  Errc code = Errc::kInternal;
  std::string message;

  bool operator==(const Error&) const = default;
};

/// A value or the reason why there is none. The face of `tl::expected` (std::expected needs C++23),
/// with [[nodiscard]].
///
///     Result<Model> model = read_model(path);
///     if (!model) return fail(model.error());
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

/// A failed Result of any type, with a formatted message.
template <class... Args>
[[nodiscard]] tl::unexpected<Error> fail(Errc code, fmt::format_string<Args...> format,
                                         Args&&... args) {
  return tl::unexpected<Error>(Error{code, fmt::format(format, std::forward<Args>(args)...)});
}

/// Passes an error on.
[[nodiscard]] inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

/// Passes an error on, with where it happened in front of its message.
[[nodiscard]] inline tl::unexpected<Error> fail_in(std::string_view where, Error error) {
  error.message = fmt::format("{}: {}", where, error.message);
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace dk

#define DK_CONCAT_INNER(a, b) a##b
#define DK_CONCAT(a, b) DK_CONCAT_INNER(a, b)

/// Evaluates a Result; on error returns it from the enclosing function, else goes on
/// (`DK_TRY(store.sync());`).
#define DK_TRY(expression)                             \
  do {                                                 \
    if (auto dk_result = (expression); !dk_result)     \
      return ::dk::fail(std::move(dk_result).error()); \
  } while (false)

/// The same for a Result with a value: `DK_TRY_ASSIGN(auto bytes, read_file(path));`
#define DK_TRY_ASSIGN(declaration, expression)                             \
  auto DK_CONCAT(dk_result_, __LINE__) = (expression);                     \
  if (!DK_CONCAT(dk_result_, __LINE__))                                    \
    return ::dk::fail(std::move(DK_CONCAT(dk_result_, __LINE__)).error()); \
  declaration = std::move(*DK_CONCAT(dk_result_, __LINE__))
