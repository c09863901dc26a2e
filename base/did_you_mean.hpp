// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace dk {

/// What an error message about an unknown word goes on with: " (did you mean 'window'?), allowed:
/// rate, window". The suggestion is the choice with the fewest letters inserted, removed or changed
/// (Levenshtein distance), and is left out when none is close.
[[nodiscard]] std::string did_you_mean(std::string_view word, std::span<const std::string> choices);

}  // namespace dk
