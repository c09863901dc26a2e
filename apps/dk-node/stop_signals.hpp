// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>

namespace dk {

/// SIGTERM and SIGINT, which ask the daemon to end. They are handled, not only blocked: libraries
/// (OpenBLAS) have threads before main begins, whose mask is not ours, and the kernel would end the
/// process in one of those whenever main is not waiting. One per process, made before other
/// threads.
class StopSignals {
 public:
  StopSignals();

  /// The number of the first that came, before this call or in it. For the thread that made this.
  [[nodiscard]] int wait() const;
  /// From now on the next one ends the process with 128 + its number, whatever the process waits
  /// for; without one it ends with 0 after `patience`.
  void end_on_next(std::chrono::seconds patience) const;
};

}  // namespace dk
