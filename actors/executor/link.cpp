// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/dial.hpp"
#include "actors/executor/executor_state.hpp"
#include "actors/logic/job_algorithm.hpp"

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

namespace dk {

void ExecutorState::attach() {
  if (over || job) return;
  dial<SupervisorActor>(
      self, doors.current(),
      [this](const SupervisorActor& supervisor) {
        ExecutorHello hello{
            protocol_version(), config.job,
            config.incarnation, generation,
            config.pid,         {config.host, port, caf::actor_cast<caf::strong_actor_ptr>(self)},
            make_report()};
        // A request gets no answer when its connection ends.
        door = supervisor.address();
        self->monitor(supervisor);
        self->request(supervisor, defaults::kControlTimeout, attach_atom_v, std::move(hello))
            .then(
                [this](const Attached& reply) {
                  leave_door();
                  if (auto done = attached(reply); !done) end(done.error());
                },
                [this, asked = door](const caf::error& why) {
                  if (asked == door) retry_attach(from_caf(why));
                });
      },
      [this](const Error& why) { retry_attach(why); });
}

void ExecutorState::leave_door() {
  if (door) self->demonitor(std::exchange(door, nullptr));
}

void ExecutorState::retry_attach(const Error& why) {
  leave_door();
  const auto now = self->clock().now();
  if (!orphaned) orphaned = now;
  if (why.code == Errc::kStaleIncarnation || why.code == Errc::kInvalid) return end(why);
  if (now - *orphaned > defaults::kOrphanPatience) {
    return end({Errc::kUnavailable,
                fmt::format("no supervisor for {} s: {}",
                            std::chrono::seconds(defaults::kOrphanPatience).count(), why.message)});
  }
  if (doors.next()) return attach();
  self->delayed_send(self, defaults::kRedial, attach_atom_v);
}

Result<void> ExecutorState::attached(const Attached& reply) {
  if (job) return {};
  if (!reply.job) {
    doors.add(reply.supervisors.doors);
    retry_attach({Errc::kUnavailable, "another one is the supervisor"});
    return {};
  }
  if (!doors.hear(reply.supervisors)) {
    retry_attach({Errc::kUnavailable, "that supervisor has been replaced"});
    return {};
  }
  job = caf::actor_cast<JobActor>(reply.job);
  orphaned.reset();
  self->monitor(job);
  data_nodes->set(reply);
  if (spec) return {};
  const auto json = nlohmann::json::parse(reply.spec, nullptr, false);
  DK_TRY_ASSIGN(auto parsed, job_spec_from_json(json));
  DK_TRY_ASSIGN(auto made, make_job_algorithm(parsed, reply.samples));
  algorithm = std::move(made);
  blocks = {reply.samples, std::uint64_t{algorithm->window()} * parsed.batch_size, parsed.epochs};
  parameters = reply.parameters;
  spec = std::make_shared<const JobSpec>(std::move(parsed));
  if (algorithm->begins_at_centre()) turns = Turns::of(cores_for_workers());
  return {};
}

bool ExecutorState::obeys() const {
  const auto& sender = self->current_sender();
  return !job || !sender || sender == job;
}

void ExecutorState::down(const caf::down_msg& message) {
  if (over) return;
  if (door && message.source == door)
    return retry_attach({Errc::kUnavailable, "the connection was lost"});
  if (job && message.source == job.address()) {
    spdlog::warn("lost the supervisor; training goes on with the leases at hand");
    job = nullptr;
    doors.lost();
    forget_report();
    resume();
    orphaned = self->clock().now();
    return attach();
  }
  for (auto& [key, peer] : peers) {
    if (!peer.handle || message.source != peer.handle.address()) continue;
    peer.handle = nullptr;
    peer.lost = self->clock().now();
    return redial(key);
  }
  for (const auto& [id, worker] : workers) {
    if (message.source == worker.actor.address())
      return failed({id, worker.incarnation, from_caf(message.reason).message});
  }
  for (const auto& [id, shard] : shards) {
    if (message.source == shard.actor.address()) {
      return fail_job(fmt::format("shard {} ended: {}", id, from_caf(message.reason).message));
    }
  }
}

void ExecutorState::end(const Error& why) {
  if (std::exchange(over, true)) return;
  spdlog::info("executor ends: {}", why.message);
  clear();
  if (evaluations) self->send_exit(evaluations, caf::exit_reason::user_shutdown);
  if (config.on_end) config.on_end(why);
  self->quit();
}

void ExecutorState::fail_job(const std::string& reason) {
  if (job) self->send(job, failure_atom_v, config.incarnation, reason);
  end({Errc::kInternal, reason});
}

}  // namespace dk
