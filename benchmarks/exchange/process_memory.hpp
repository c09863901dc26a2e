// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

namespace dk::bench {

/// Resident memory of a process of this user, in MB (10^6 bytes).
[[nodiscard]] double resident_mb(pid_t process);
/// Its highest value since the process started or `forget_peak` was called.
[[nodiscard]] double peak_mb(pid_t process);
void forget_peak(pid_t process);

}  // namespace dk::bench
