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

/// What lies between simulated processes. None: a message is in its receiver's mailbox at once.
class Transport {
 public:
  virtual ~Transport() = default;
  /// Sees every message that has just been put into a mailbox (but for exits); true: has moved it
  /// out, to deliver it later or never.
  virtual bool intercept(caf::mailbox_element_ptr& message,
                         const caf::strong_actor_ptr& receiver) = 0;
  /// Time has moved on.
  virtual void advance() = 0;
  /// A process has ended itself.
  virtual void process_ended(std::uint64_t process) = 0;
};

/// An actor system without threads: a message is handled when the test says so, and time stands
/// still until the test moves it. Without a seed, actors run in the order in which they got work;
/// with one, in a random order (each actor's own messages keep theirs).
///
/// Actors belong to simulated processes: whatever an actor spawns is in its process. Killing a
/// process ends all its actors on the spot, without another word. Logs only if DK_LOG is set.
class DeterministicSystem {
 public:
  using Process = std::uint64_t;  ///< 0: the test's own
  using Time = std::chrono::steady_clock::time_point;

  explicit DeterministicSystem(std::optional<std::uint64_t> order = {});
  ~DeterministicSystem() {
    end_all();
    config_.dialer = nullptr;
  }

  caf::actor_system& operator*() { return system_; }
  caf::actor_system* operator->() { return &system_; }
  [[nodiscard]] caf::scoped_actor& self() { return self_; }
  [[nodiscard]] Time now() { return true_now_ ? *true_now_ : coordinator_.clock().now(); }
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
    pass(duration);
    drain();
  }
  /// Runs until `done`, `step_time` per message, and through idle time as fast as it can be
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
    own(pointer, ++last_process_);
    homes_[pointer->id()] = last_process_;
    return last_process_;
  }
  /// Puts an actor into a process that is there already.
  template <class Handle>
  void move(const Handle& actor, Process process) {
    const auto pointer = caf::actor_cast<caf::strong_actor_ptr>(actor);
    own(pointer, process);
    homes_[pointer->id()] = process;
  }
  void kill(Process process);
  /// Nothing of it runs any more, as after SIGSTOP; until it is killed.
  void freeze(Process process) { frozen_.insert(process); }
  /// As after SIGCONT.
  void thaw(Process process) { frozen_.erase(process); }
  /// From now on the process's clock goes `rate` times as fast as ours, after a leap forward, and
  /// its timers with it; and it counts from another day than ours, as no two machines agree.
  void set_clock(Process process, double rate, std::chrono::nanoseconds leap = 0ns);
  /// From now on every message that this actor handles keeps it busy for so long; 0: no longer.
  void slow_down(caf::actor_id actor, std::chrono::nanoseconds per_message);
  /// What is in an actor's mailbox, in order; not what it is handling.
  void look_into(caf::actor_id actor,
                 const std::function<void(const caf::mailbox_element&)>& visit);
  /// After the message that is being handled.
  void kill_soon(Process process) { dying_.push_back(process); }
  /// Ends one actor.
  void end(caf::strong_actor_ptr actor);

  /// Ends every actor, before what they refer to goes; what is in their mailboxes is forgotten.
  void end_all();

  // -- a network between the processes ---------------------------------------------

  /// From now on, until all actors are ended. `dialer` is asked for connections
  /// (RuntimeConfig::dialer).
  void set_transport(Transport* transport, caf::actor dialer) {
    transport_ = transport;
    config_.dialer = std::move(dialer);
  }
  /// Puts a message into a mailbox, past the transport; false (and the message stays) if nobody is
  /// there any more.
  bool deliver(const caf::strong_actor_ptr& receiver, caf::mailbox_element_ptr& message);
  /// As kill, but nobody hears of it: its actors stand still for ever. For a transport, which knows
  /// who hears of it, and when.
  void abandon(Process process);
  [[nodiscard]] bool abandoned(Process process) const { return abandoned_.contains(process); }
  [[nodiscard]] bool frozen(Process process) const { return frozen_.contains(process); }
  /// Also of actors that have ended; 0 if unknown.
  [[nodiscard]] Process process_of(caf::actor_id actor) const {
    const auto home = homes_.find(actor);
    return home == homes_.end() ? 0 : home->second;
  }
  /// Who lives there.
  [[nodiscard]] std::vector<caf::strong_actor_ptr> actors_of(Process process) const;

  /// Virtual time that handling a message takes.
  std::chrono::nanoseconds step_time = 1ms;

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

  /// A process's clock: `local` when ours is `real`, and so fast from there.
  struct Clock {
    Time real;
    Time local;
    double rate = 1;
    [[nodiscard]] Time at(Time ours) const;
    [[nodiscard]] Time back(Time theirs) const;
  };

  static caf::scheduled_actor* actor_of(caf::resumable* job) {
    return dynamic_cast<caf::scheduled_actor*>(job);
  }
  void adopt(Process process);
  [[nodiscard]] bool stands_still(caf::resumable* job);
  /// Handles the first job's next message by the clock of its process.
  void run_first(Process process);
  void pass(std::chrono::nanoseconds duration);
  [[nodiscard]] Process process_of(caf::resumable* job) const;
  /// Shows the transport what is new in the mailboxes.
  void show();
  void own(const caf::strong_actor_ptr& actor, Process process);
  void disown(caf::actor_id actor);
  void show(caf::scheduled_actor& actor);

  Config config_;
  caf::actor_system system_{config_};
  caf::scheduler::test_coordinator& coordinator_ =
      dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
  caf::scoped_actor self_{system_, true};
  std::optional<std::mt19937_64> random_;
  std::map<caf::actor_id, Owned> actors_;
  std::map<Process, std::set<caf::actor_id>> members_;  ///< the same by process
  std::map<caf::actor_id, Process> homes_;
  Transport* transport_ = nullptr;
  std::set<Process> abandoned_;
  std::vector<caf::resumable*> abandoned_jobs_;
  Process last_process_ = 0;
  caf::actor_id adopted_ = 0;
  std::vector<Process> dying_;
  std::set<Process> frozen_;
  struct Slow {
    std::chrono::nanoseconds per_message;
    Time busy_until;
  };
  std::map<caf::actor_id, Slow> slow_;
  std::map<Process, Clock> clocks_;
  std::optional<Time> true_now_;  ///< while the coordinator's clock is a process's own
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
