// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>

namespace dk::submit {

/// Ctrl-C while a job is followed: the first one (SIGINT or SIGTERM) is only remembered, a second
/// ends the process at once with exit code 130. One at a time; the old handlers come back with its
/// end.
class Interrupt {
 public:
  Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  ~Interrupt();

  [[nodiscard]] bool raised() const;
  /// Returns after `time`, or at once when it is raised.
  void wait(std::chrono::milliseconds time) const;
};

}  // namespace dk::submit
