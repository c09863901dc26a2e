// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/error.hpp"
#include "actors/runtime_config.hpp"

#include <caf/actor_system.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <utility>
#include <vector>

namespace dk::test {

using namespace std::chrono_literals;

/// An actor system without threads: a message is handled when the test says so, and time stands
/// still until the test moves it. Without a seed, actors run in the order in which they got work;
/// with one, in a random order (each actor's own messages keep theirs).
///
/// Actors belong to simulated processes: whatever an actor spawns is in its process. Killing a
/// process ends all its actors on the spot, without another word. Logs only if DK_LOG is set.
class DeterministicSystem {
 public:
  using Process = std::uint64_t;  ///< 0: the test's own

  explicit DeterministicSystem(std::optional<std::uint64_t> order = {});
  ~DeterministicSystem() {
    adopt(0);
    while (!actors_.empty()) end(actors_.begin()->second.actor);
    drain();
  }

  caf::actor_system& operator*() { return system_; }
  caf::actor_system* operator->() { return &system_; }
  [[nodiscard]] caf::scoped_actor& self() { return self_; }
  [[nodiscard]] auto now() { return coordinator_.clock().now(); }
  /// Messages handled so far.
  [[nodiscard]] std::size_t steps() const { return steps_; }

  /// Handles one message; false when there is none.
  bool step();
  /// Until nobody has anything to do at this moment.
  void drain() {
    while (step()) {
    }
  }
  void advance(std::chrono::nanoseconds duration) {
    coordinator_.advance_time(duration);
    drain();
  }
  /// Runs until `done`, a millisecond per message, and through idle time as fast as it can be
  /// skipped. False if `limit` (virtual) was not enough.
  bool run_until(const std::function<bool()>& done, std::chrono::nanoseconds limit);

  /// Asks and runs everything until the answer is there.
  template <class T, class Handle, class... Args>
  Result<T> ask(const Handle& actor, Args&&... args) {
    auto answer = self_->request(actor, caf::infinite, std::forward<Args>(args)...);
    if (!run_until([this] { return self_->has_next_message(); }, 1h))
      return fail(Errc::kUnavailable, "no answer within an hour of virtual time");
    Result<T> result = fail(Errc::kInternal, "no answer");
    answer.receive([&](T& value) { result = std::move(value); },
                   [&](caf::error& why) { result = fail(from_caf(why)); });
    return result;
  }

  /// Puts an actor that has just been spawned, and all that it spawns, into a process of its own.
  template <class Handle>
  Process isolate(const Handle& actor) {
    const auto pointer = caf::actor_cast<caf::strong_actor_ptr>(actor);
    actors_[pointer->id()] = {pointer, ++last_process_};
    return last_process_;
  }
  void kill(Process process);
  /// Nothing of it runs any more, as after SIGSTOP; until it is killed.
  void freeze(Process process) { frozen_.insert(process); }
  /// As after SIGCONT.
  void thaw(Process process) { frozen_.erase(process); }
  /// After the message that is being handled.
  void kill_soon(Process process) { dying_.push_back(process); }
  /// Ends one actor.
  void end(caf::strong_actor_ptr actor);

 private:
  struct Config : RuntimeConfig {
    Config() : RuntimeConfig(Network::kNone) {
      own_threads = false;
      set("scheduler.policy", caf::atom("testing"));
    }
  };
  struct Owned {
    caf::strong_actor_ptr actor;
    Process process = 0;
  };

  static caf::scheduled_actor* actor_of(caf::resumable* job) {
    return dynamic_cast<caf::scheduled_actor*>(job);
  }
  void adopt(Process process);
  [[nodiscard]] Process process_of(caf::resumable* job) const;

  Config config_;
  caf::actor_system system_{config_};
  caf::scheduler::test_coordinator& coordinator_ =
      dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
  caf::scoped_actor self_{system_, true};
  std::optional<std::mt19937_64> random_;
  std::map<caf::actor_id, Owned> actors_;
  Process last_process_ = 0;
  caf::actor_id adopted_ = 0;
  std::vector<Process> dying_;
  std::set<Process> frozen_;
  std::size_t steps_ = 0;
};

class DeterministicTest : public ::testing::Test {
 protected:
  template <class T, class... Args>
  Result<T> ask(Args&&... args) {
    return system.ask<T>(std::forward<Args>(args)...);
  }
  void drain() { system.drain(); }
  void advance(std::chrono::nanoseconds duration) { system.advance(duration); }

  DeterministicSystem system;
};

}  // namespace dk::test
