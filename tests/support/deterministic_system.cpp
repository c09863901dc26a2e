// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/deterministic_system.hpp"

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include <cmath>
#include <cstdlib>

namespace dk::test {
namespace {

/// Between our clock and one that is set by DeterministicSystem::set_clock.
constexpr auto kOtherDay = 10'000h;

/// The timers of CAF's clock for tests, which keeps them to itself.
struct Timers : caf::detail::test_actor_clock {
  using Entry = schedule_map::node_type;
  static schedule_map& of(caf::detail::test_actor_clock& clock) {
    return clock.*(&Timers::schedule_);
  }
  static caf::actor_id owner(const delayed_event& timer) {
    switch (timer.subtype) {
      case ordinary_timeout_type:
        return static_cast<const ordinary_timeout&>(timer).self->id();
      case multi_timeout_type:
        return static_cast<const multi_timeout&>(timer).self->id();
      case request_timeout_type:
        return static_cast<const request_timeout&>(timer).self->id();
      case actor_msg_type:
        return static_cast<const actor_msg&>(timer).receiver->id();
      default:
        return 0;
    }
  }
};

}  // namespace

DeterministicSystem::DeterministicSystem(std::optional<std::uint64_t> order) {
  spdlog::set_level(std::getenv("DK_LOG") ? spdlog::level::debug : spdlog::level::off);
  if (order) random_.emplace(*order);
}

DeterministicSystem::Process DeterministicSystem::process_of(caf::resumable* job) const {
  const auto* actor = actor_of(job);
  const auto owned = actor == nullptr ? actors_.end() : actors_.find(actor->id());
  return owned == actors_.end() ? 0 : owned->second.process;
}

bool DeterministicSystem::step() {
  adopt(0);
  show();
  auto& jobs = coordinator_.jobs;
  const auto end = std::stable_partition(jobs.begin(), jobs.end(),
                                         [this](auto* job) { return !stands_still(job); });
  if (end == jobs.begin()) return false;
  if (random_) {
    const auto picked =
        static_cast<std::ptrdiff_t>((*random_)() % static_cast<std::size_t>(end - jobs.begin()));
    std::rotate(jobs.begin(), jobs.begin() + picked, jobs.begin() + picked + 1);
  }
  const auto process = process_of(jobs.front());
  if (const auto* actor = slow_.empty() ? nullptr : actor_of(jobs.front())) {
    if (const auto slow = slow_.find(actor->id()); slow != slow_.end())
      slow->second.busy_until = now() + slow->second.per_message;
  }
  run_first(process);
  ++steps_;
  adopt(process);
  show();
  for (const auto dying : std::exchange(dying_, {})) {
    if (transport_ != nullptr) {
      transport_->process_ended(dying);
    } else {
      kill(dying);
    }
  }
  return true;
}

// -- clocks --------------------------------------------------------------------------

DeterministicSystem::Time DeterministicSystem::Clock::at(Time ours) const {
  const std::chrono::duration<double, std::nano> passed = ours - real;
  return local + std::chrono::nanoseconds(std::llround(passed.count() * rate));
}

DeterministicSystem::Time DeterministicSystem::Clock::back(Time theirs) const {
  const std::chrono::duration<double, std::nano> passed = theirs - local;
  return real + std::chrono::nanoseconds(std::llround(passed.count() / rate));
}

void DeterministicSystem::set_clock(Process process, double rate, std::chrono::nanoseconds leap) {
  const auto [entry, fresh] = clocks_.try_emplace(process, Clock{now(), now() + kOtherDay, 1});
  const auto before = entry->second;
  entry->second = {now(), before.at(now()) + leap, rate};
  auto& timers = Timers::of(coordinator_.clock());
  std::vector<Timers::Entry> moved;
  for (auto timer = timers.begin(); timer != timers.end();) {
    const auto next = std::next(timer);
    if (process_of(Timers::owner(*timer->second)) == process)
      moved.push_back(timers.extract(timer));
    timer = next;
  }
  for (auto& timer : moved) {
    timer.key() = std::max(now(), entry->second.back(before.at(timer.key())));
    timers.insert(std::move(timer));
  }
}

void DeterministicSystem::run_first(Process process) {
  const auto clock = clocks_.find(process);
  if (clock == clocks_.end()) {
    coordinator_.try_run_once();
    return;
  }
  auto& time = coordinator_.clock().current_time;
  true_now_ = time;
  time = clock->second.at(time);
  coordinator_.try_run_once();
  time = *std::exchange(true_now_, {});
  // What it has set is of its own day.
  auto& timers = Timers::of(coordinator_.clock());
  std::vector<Timers::Entry> fresh;
  for (auto timer = timers.upper_bound(time + kOtherDay / 2); timer != timers.end();)
    fresh.push_back(timers.extract(timer++));
  for (auto& timer : fresh) {
    timer.key() = clock->second.back(timer.key());
    timers.insert(std::move(timer));
  }
}

void DeterministicSystem::adopt(Process process) {
  if (system_.latest_actor_id() == adopted_) return;
  adopted_ = system_.latest_actor_id();
  for (auto* job : coordinator_.jobs) {
    auto* actor = actor_of(job);
    if (actor == nullptr) continue;
    if (!actors_.contains(actor->id())) own(caf::strong_actor_ptr{actor->ctrl()}, process);
    homes_.try_emplace(actor->id(), process);
  }
}

bool DeterministicSystem::stands_still(caf::resumable* job) {
  if (frozen_.contains(process_of(job))) return true;
  const auto* actor = slow_.empty() ? nullptr : actor_of(job);
  const auto slow = actor == nullptr ? slow_.end() : slow_.find(actor->id());
  return slow != slow_.end() && slow->second.busy_until > now();
}

void DeterministicSystem::slow_down(caf::actor_id actor, std::chrono::nanoseconds per_message) {
  slow_[actor] = {per_message, now()};
}

void DeterministicSystem::look_into(caf::actor_id id,
                                    const std::function<void(const caf::mailbox_element&)>& visit) {
  const auto owned = actors_.find(id);
  if (owned == actors_.end()) return;
  auto* actor = dynamic_cast<caf::scheduled_actor*>(
      caf::actor_cast<caf::abstract_actor*>(owned->second.actor));
  if (actor == nullptr || actor->mailbox().closed() || actor->mailbox().blocked()) return;
  auto& queue =
      std::get<caf::scheduled_actor::normal_queue_index>(actor->mailbox().queue().queues());
  std::vector<caf::mailbox_element_ptr> all;
  while (auto message = queue.take_front()) all.push_back(std::move(message));
  for (auto& message : all) {
    visit(*message);
    queue.push_back(message.release());
  }
}

void DeterministicSystem::pass(std::chrono::nanoseconds duration) {
  coordinator_.advance_time(duration);
  if (transport_ != nullptr) transport_->advance();
}

void DeterministicSystem::end_all() {
  transport_ = nullptr;
  auto& jobs = coordinator_.jobs;
  jobs.insert(jobs.end(), abandoned_jobs_.begin(), abandoned_jobs_.end());
  abandoned_jobs_.clear();
  adopt(0);
  while (!actors_.empty()) {
    const auto actor = actors_.begin()->second.actor;
    auto* scheduled =
        dynamic_cast<caf::scheduled_actor*>(caf::actor_cast<caf::abstract_actor*>(actor));
    if (scheduled != nullptr && !scheduled->mailbox().closed() && !scheduled->mailbox().blocked()) {
      scheduled->mailbox().fetch_more();
      std::get<caf::scheduled_actor::normal_queue_index>(scheduled->mailbox().queue().queues())
          .clear();
    }
    end(actor);
  }
  drain();
}

// -- a network between the processes -------------------------------------------------

void DeterministicSystem::show() {
  if (transport_ == nullptr) return;
  auto& jobs = coordinator_.jobs;
  if (!abandoned_.empty()) {
    const auto gone = std::stable_partition(jobs.begin(), jobs.end(), [this](auto* job) {
      return !abandoned_.contains(process_of(job));
    });
    abandoned_jobs_.insert(abandoned_jobs_.end(), gone, jobs.end());
    jobs.erase(gone, jobs.end());
  }
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (auto* actor = actor_of(jobs[i])) show(*actor);
  }
}

void DeterministicSystem::show(caf::scheduled_actor& actor) {
  auto& mailbox = actor.mailbox();
  if (mailbox.closed() || mailbox.blocked()) return;
  auto& queue = std::get<caf::scheduled_actor::normal_queue_index>(mailbox.queue().queues());
  const auto size = [&] { return queue.total_task_size() + queue.cache().total_task_size(); };
  const auto known = size();
  mailbox.fetch_more();
  if (size() == known) return;
  std::vector<caf::mailbox_element_ptr> all;
  while (auto message = queue.take_front()) all.push_back(std::move(message));
  const caf::strong_actor_ptr receiver{actor.ctrl()};
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i >= known && transport_->intercept(all[i], receiver)) continue;
    queue.push_back(all[i].release());
  }
}

bool DeterministicSystem::deliver(const caf::strong_actor_ptr& receiver,
                                  caf::mailbox_element_ptr& message) {
  auto* actor =
      dynamic_cast<caf::scheduled_actor*>(caf::actor_cast<caf::abstract_actor*>(receiver));
  if (actor == nullptr || actor->mailbox().closed()) return false;
  show(*actor);
  receiver->enqueue(std::move(message), nullptr);
  if (!actor->mailbox().closed()) actor->mailbox().fetch_more();
  return true;
}

void DeterministicSystem::abandon(Process process) {
  adopt(0);
  show();
  abandoned_.insert(process);
}

std::vector<caf::strong_actor_ptr> DeterministicSystem::actors_of(Process process) const {
  std::vector<caf::strong_actor_ptr> found;
  const auto members = members_.find(process);
  if (members == members_.end()) return found;
  for (const auto id : members->second) {
    const auto& actor = actors_.at(id).actor;
    if (!actor->get()->getf(caf::abstract_actor::is_terminated_flag)) found.push_back(actor);
  }
  return found;
}

bool DeterministicSystem::run_until(const std::function<bool()>& done,
                                    std::chrono::nanoseconds limit) {
  const auto deadline = now() + limit;
  while (!done()) {
    if (now() >= deadline) return false;
    const bool busy = step();
    if (busy && done()) return true;
    pass(busy ? step_time : 10ms);
  }
  return true;
}

void DeterministicSystem::kill(Process process) {
  adopt(0);
  std::vector<caf::strong_actor_ptr> members;
  for (const auto id : members_[process]) members.push_back(actors_.at(id).actor);
  for (const auto& member : members) end(member);
}

void DeterministicSystem::end(caf::strong_actor_ptr actor) {
  auto& jobs = coordinator_.jobs;
  caf::anon_send_exit(caf::actor_cast<caf::actor>(actor), caf::exit_reason::kill);
  const auto is_it = [&](caf::resumable* job) {
    const auto* scheduled = actor_of(job);
    return scheduled != nullptr && scheduled->id() == actor->id();
  };
  for (auto job = std::ranges::find_if(jobs, is_it); job != jobs.end();
       job = std::ranges::find_if(jobs, is_it)) {
    std::rotate(jobs.begin(), job, job + 1);
    coordinator_.try_run_once();
  }
  disown(actor->id());
}

void DeterministicSystem::own(const caf::strong_actor_ptr& actor, Process process) {
  disown(actor->id());
  actors_[actor->id()] = {actor, process};
  members_[process].insert(actor->id());
}

void DeterministicSystem::disown(caf::actor_id actor) {
  const auto owned = actors_.extract(actor);
  if (owned) members_[owned.mapped().process].erase(actor);
}

}  // namespace dk::test
