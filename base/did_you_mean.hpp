// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace dk {

/// The choice with the fewest letters inserted, removed or changed (Levenshtein distance), without
/// regard to case and taking `-` for `_`; empty when none is close.
[[nodiscard]] std::string_view closest(std::string_view word, std::span<const std::string> choices);

/// "rate, window".
[[nodiscard]] std::string listed(std::span<const std::string> words);

/// What an error message about an unknown word goes on with: " (did you mean 'window'?), allowed:
/// rate, window".
[[nodiscard]] std::string did_you_mean(std::string_view word, std::span<const std::string> choices);

}  // namespace dk
