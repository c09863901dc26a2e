// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-node/service.hpp"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <cstdlib>

namespace dk {
namespace {

constexpr std::chrono::seconds kBeyond{10};

/// Nobody can be told when it does not arrive: the manager decides by what it hears.
void notify(const std::string& text) {
  static_cast<void>(::sd_notify(0, text.c_str()));
}

}  // namespace

Service::Service() {
  if (std::getenv("NOTIFY_SOCKET") == nullptr) return;
  period_ = kLongestPeriod;
  std::uint64_t microseconds = 0;
  if (::sd_watchdog_enabled(0, &microseconds) > 0) {
    const std::chrono::milliseconds third(microseconds / 3000);
    period_ = std::clamp(third, std::chrono::milliseconds(10), kLongestPeriod);
  }
}

void Service::beat(const NodeHealth& health) {
  std::string text = "WATCHDOG=1";
  if (!ready_ && (health.joined || waited_ >= kReadyAfter)) {
    ready_ = true;
    text += "\nREADY=1";
  }
  waited_ += period_;
  if (health.status != status_) {
    status_ = health.status;
    text += "\nSTATUS=" + status_;
  }
  notify(text);
}

void Service::stopping(std::chrono::milliseconds longest, const std::string& status) const {
  const auto patience = std::chrono::microseconds(longest + kBeyond).count();
  notify(fmt::format("STOPPING=1\nSTATUS={}\nEXTEND_TIMEOUT_USEC={}", status, patience));
}

}  // namespace dk
