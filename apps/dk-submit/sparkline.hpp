// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace dk::submit {

/// One character per value between the least and the greatest of them: blocks of eight heights, or,
/// where the terminal has no UTF-8, characters of ASCII. Empty for no values.
[[nodiscard]] std::string sparkline(const std::vector<double>& values, bool utf8);

/// What the environment says of the terminal.
[[nodiscard]] bool terminal_has_utf8();

}  // namespace dk::submit
