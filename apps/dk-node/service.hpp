// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/node_health.hpp"

#include <chrono>
#include <string>

namespace dk {

/// What systemd wants to know of a daemon (sd_notify(3)): nothing is sent when nobody asks
/// (NOTIFY_SOCKET is not set). Its functions may be called from any thread, one at a time.
class Service {
 public:
  /// Reads NOTIFY_SOCKET and WATCHDOG_USEC.
  Service();

  /// How often `beat` has to be called; 0: never.
  [[nodiscard]] std::chrono::milliseconds period() const { return period_; }

  /// WATCHDOG=1, STATUS when it has changed, and once READY=1: when the node has joined, or after
  /// kReadyAfter of looking for its cluster, because a machine's start must not wait for another
  /// machine.
  void beat(const NodeHealth& health);
  /// STOPPING=1, and that this may take so long.
  void stopping(std::chrono::milliseconds longest, const std::string& status) const;

  static constexpr std::chrono::seconds kReadyAfter{10};
  static constexpr std::chrono::milliseconds kLongestPeriod{1000};

 private:
  std::chrono::milliseconds period_{0};
  std::chrono::milliseconds waited_{0};
  bool ready_ = false;
  std::string status_;
};

}  // namespace dk
