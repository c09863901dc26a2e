// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/executor/executor_state.hpp"

#include <caf/all.hpp>

#include <algorithm>

namespace dk {

LocalExecutorActor::behavior_type executor_actor(LocalExecutorActor::pointer self,
                                                 ExecutorConfig config) {
  auto state = std::make_shared<ExecutorState>();
  state->self = self;
  state->config = std::move(config);
  state->doors = Doors(state->config.supervisor);
  self->set_down_handler(
      [state = state.get()](const caf::down_msg& message) { state->down(message); });
  if (state->config.host.empty()) self->send(self, attach_atom_v);
  self->send(self, tick_atom_v);
  return {
      [state](start_atom, const StartShards& message) { return state->start(message); },
      [state](start_atom, const StartWorkers& message) { return state->start(message); },
      [state](start_atom, const StartBackups& message) { return state->start(message); },
      [state](replicate_atom, const Replicate& message) { return state->replicate(message); },
      [state](replicate_atom, const ReplicaStatus& status) { state->heard(status); },
      [state](promote_atom, const Promote& message) { return state->promote(message); },
      [state](shard_atom, const ShardMoved& message) { return state->moved(message); },
      [state](shard_atom, ShardId id,
              Incarnation incarnation) -> caf::result<caf::strong_actor_ptr> {
        const auto shard = state->shards.find(id);
        if (shard == state->shards.end() || shard->second.assignment.incarnation != incarnation) {
          return to_caf({Errc::kStaleIncarnation,
                         fmt::format("shard {} incarnation {} is not here", id, incarnation)});
        }
        return caf::actor_cast<caf::strong_actor_ptr>(shard->second.actor);
      },
      [state](fence_atom, WorkerId worker, Incarnation incarnation) {
        return state->fence(worker, incarnation);
      },
      [state](revert_atom, ShardId id, WorkerId worker,
              std::uint64_t sequence) -> caf::result<ShardId> {
        const auto shard = state->shards.find(id);
        if (shard == state->shards.end()) {
          return to_caf({Errc::kStaleIncarnation, fmt::format("shard {} is not here", id)});
        }
        auto promise = state->self->make_response_promise<ShardId>();
        state->self
            ->request(shard->second.actor, defaults::kControlTimeout, revert_atom_v, worker,
                      sequence)
            .then([promise](ShardId done) mutable { promise.deliver(done); },
                  [promise](const caf::error& why) mutable { promise.deliver(why); });
        return promise;
      },
      [state](put_atom, const Supervisors& news) { state->doors.hear(news); },
      [state](put_atom, const WorkGrants& grants) { state->take(grants); },
      [state](hold_atom, CheckpointId checkpoint) { return state->hold(checkpoint); },
      [state](resume_atom, CheckpointId checkpoint) {
        if (state->holding && state->holding->checkpoint == checkpoint) state->resume();
      },
      [state](snap_atom, const TakeSnapshot& message) { return state->snapshot(message); },
      [state](close_atom, const CloseRound& round) { return state->close(round); },
      [state](run_atom, const RunProgram& message) { return state->run(message); },
      [state](evaluate_atom, const Evaluate& message) { return state->evaluate(message); },
      [state](stop_atom, Incarnation generation) {
        if (state->obeys() && generation >= state->generation) state->clear();
        return generation;
      },
      [state](kill_atom) {
        if (state->obeys()) state->end({Errc::kCancelled, "told to end"});
      },
      [state](written_atom, const Done& done) {
        const auto worker = state->workers.find(done.worker);
        if (worker == state->workers.end() || worker->second.incarnation != done.incarnation)
          return;
        std::erase(worker->second.leases, done.block);
        worker->second.committed = done.sequence;
        state->pending.push_back(done);
        state->held_if_done();
        state->report();
      },
      [state](failure_atom, const WorkerFailure& failure) { state->failed(failure); },
      [state](put_atom, const WorkerNote& note) {
        state->notes.push_back(note);
        state->report();
      },
      [state](exited_atom, WorkerId worker, Incarnation incarnation) {
        static_cast<void>(state->end_worker(worker, incarnation));
      },
      [state](stop_atom, WorkerId worker, Incarnation incarnation) {
        static_cast<void>(state->end_worker(worker, incarnation));
      },
      [state](drain_atom, Incarnation generation, const std::vector<WorkerId>& ids) {
        return state->drain(generation, ids);
      },
      [state](tick_atom) { state->tick(); },
      [state](shard_atom, const std::string& peer) { state->redial(peer); },
      [state](resume_atom) { state->relinked(); },
      [state](attach_atom, std::uint16_t port) {
        state->port = port;
        state->attach();
      },
      [state](attach_atom) { state->attach(); },
  };
}

}  // namespace dk
