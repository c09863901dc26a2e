// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/deterministic_system.hpp"

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include <cstdlib>

namespace dk::test {

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
  auto& jobs = coordinator_.jobs;
  const auto stands_still = [this](caf::resumable* job) {
    return frozen_.contains(process_of(job));
  };
  const auto end = std::stable_partition(jobs.begin(), jobs.end(), std::not_fn(stands_still));
  if (end == jobs.begin()) return false;
  if (random_) {
    const auto picked =
        static_cast<std::ptrdiff_t>((*random_)() % static_cast<std::size_t>(end - jobs.begin()));
    std::rotate(jobs.begin(), jobs.begin() + picked, jobs.begin() + picked + 1);
  }
  const auto process = process_of(jobs.front());
  coordinator_.try_run_once();
  ++steps_;
  adopt(process);
  for (const auto dying : std::exchange(dying_, {})) kill(dying);
  return true;
}

void DeterministicSystem::adopt(Process process) {
  if (system_.latest_actor_id() == adopted_) return;
  adopted_ = system_.latest_actor_id();
  for (auto* job : coordinator_.jobs) {
    auto* actor = actor_of(job);
    if (actor == nullptr) continue;
    actors_.try_emplace(actor->id(), Owned{caf::strong_actor_ptr{actor->ctrl()}, process});
  }
}

bool DeterministicSystem::run_until(const std::function<bool()>& done,
                                    std::chrono::nanoseconds limit) {
  const auto deadline = now() + limit;
  while (!done()) {
    if (now() >= deadline) return false;
    const bool busy = step();
    if (busy && done()) return true;
    coordinator_.advance_time(busy ? 1ms : 10ms);
  }
  return true;
}

void DeterministicSystem::kill(Process process) {
  adopt(0);
  std::vector<caf::strong_actor_ptr> members;
  for (auto& [id, owned] : actors_) {
    if (owned.process == process) members.push_back(owned.actor);
  }
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
  actors_.erase(actor->id());
}

}  // namespace dk::test
