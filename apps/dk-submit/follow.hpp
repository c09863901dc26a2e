// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/api/gateway.hpp"
#include "apps/dk-submit/interrupt.hpp"
#include "apps/dk-submit/view.hpp"

#include <chrono>

namespace dk::submit {

struct FollowConfig {
  /// The first Ctrl-C cancels the job and goes on until it has ended; else it stops following.
  bool cancel_on_interrupt = false;
  /// How long the supervisor may be away.
  std::chrono::seconds patience{60};
  std::chrono::milliseconds retry_every{500};
};

/// Shows the job's events from the first one on until its end, across restarts of the supervisor,
/// each event once. Gives the exit code: kFinished, kJobFailed, or kInterrupted. Errors are
/// kUnavailable after `patience`, or what the gateway says otherwise.
Result<int> follow(Gateway& gateway, JobId job, View& view, const Interrupt& interrupt,
                   const FollowConfig& config);

}  // namespace dk::submit
