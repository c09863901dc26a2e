// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>

namespace dk {

/// Erlang's one-for-one restart with intensity and period, one budget per machine: a failed
/// executor is started again after an exponential backoff; a machine that has used up its budget is
/// left out for good (`kElsewhere`); the job fails when no machine is left.
class RestartPolicy {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  struct Config {
    std::uint32_t budget = 5;  ///< restarts allowed within `period`; the next failure is too many
    std::chrono::milliseconds period{60'000};
    std::chrono::milliseconds first_backoff{100};  ///< doubles with every failure within `period`
    std::chrono::milliseconds longest_backoff{5'000};
  };

  explicit RestartPolicy(Config config) : config_(config) {}

  struct Decision {
    enum class Action { kRestart, kElsewhere } action;
    std::chrono::milliseconds backoff{0};
  };
  /// An executor on `node` failed.
  Decision failed(const std::string& node, TimePoint now);

  /// The failures so far were not the machines' fault; one that has been left out stays out.
  void forgive();

  /// False once the node's budget is used up.
  [[nodiscard]] bool usable(const std::string& node) const;
  /// The earliest time at which a usable node may be used again after its last failure; the clock's
  /// epoch if it never failed.
  [[nodiscard]] TimePoint ready_at(const std::string& node) const;
  [[nodiscard]] std::uint32_t restarts() const { return restarts_; }

 private:
  Config config_;
  std::map<std::string, std::deque<TimePoint>> failures_;
  std::map<std::string, TimePoint> ready_at_;
  std::set<std::string> excluded_;
  std::uint32_t restarts_ = 0;
};

}  // namespace dk
