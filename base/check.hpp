// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace dk {

/// Prints what was violated and where, then aborts. A dead process is an event that this system
/// handles; a wrong one is not.
[[noreturn]] void check_failed(const char* condition, const char* message, const char* file,
                               int line);

}  // namespace dk

/// States an invariant of our own code. Never for user input, files or the network: those get a
/// Result.
#define DK_CHECK(condition, message) \
  ((condition) ? static_cast<void>(0) : ::dk::check_failed(#condition, message, __FILE__, __LINE__))
