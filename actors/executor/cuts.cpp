// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/executor/executor_state.hpp"
#include "actors/runtime_config.hpp"

#include <caf/all.hpp>

namespace dk {

std::vector<LocalShardActor> ExecutorState::primaries() const {
  std::vector<LocalShardActor> result;
  for (const auto& [id, shard] : shards) {
    if (!shard.backup) result.push_back(shard.actor);
  }
  return result;
}

caf::result<ExecutorHeld> ExecutorState::hold(CheckpointId checkpoint) {
  // An earlier cut's order is void: its question has been given up.
  holding = Hold{checkpoint, {}, self->make_response_promise<ExecutorHeld>()};
  for (const auto& [id, worker] : workers)
    holding->workers[id] = {id, worker.incarnation, worker.gate->close()};
  auto promise = holding->promise;
  held_if_done();
  return promise;
}

void ExecutorState::held_if_done() {
  if (!holding || holding->answered) return;
  std::vector<Held> held;
  std::vector<MemoryPlace> memories;
  for (const auto& [id, wanted] : holding->workers) {
    const auto worker = workers.find(id);
    if (worker == workers.end() || worker->second.incarnation != wanted.incarnation) {
      holding->answered = true;
      holding->promise.deliver(
          to_caf({Errc::kUnavailable, fmt::format("worker {} ended meanwhile", id)}));
      return;
    }
    if (worker->second.committed < wanted.sequence) return;
    held.push_back(wanted);
    const auto kept = kept_by(worker->second);
    if (kept.count > 0 && kept.sequence == wanted.sequence)
      memories.push_back({id, wanted.incarnation, wanted.sequence, 0, kept.count});
  }
  holding->answered = true;
  holding->promise.deliver(ExecutorHeld{std::move(held), make_report(), std::move(memories)});
}

void ExecutorState::resume() {
  holding.reset();
  for (const auto& [id, worker] : workers) {
    worker.gate->open();
    self->send(worker.actor, resume_atom_v);
  }
}

WorkerMemory::Kept ExecutorState::kept_by(const HostedWorker& worker) {
  return worker.memory ? worker.memory->newest() : WorkerMemory::Kept{};
}

caf::result<std::vector<ShardCut>> ExecutorState::snapshot(const TakeSnapshot& message) {
  std::vector<WorkerMemory::Kept> memories;
  for (const auto& place : message.memories) {
    const auto worker = workers.find(place.worker);
    auto kept = worker != workers.end() && worker->second.incarnation == place.incarnation
                    ? kept_by(worker->second)
                    : WorkerMemory::Kept{};
    if (kept.sequence != place.sequence || kept.count != place.count)
      return to_caf({Errc::kUnavailable, fmt::format("worker {} ended or went on", place.worker)});
    memories.push_back(std::move(kept));
  }
  auto promise = self->make_response_promise<std::vector<ShardCut>>();
  auto all = Gather<ShardSnapshotPtr>::of(
      primaries().size(),
      [this, promise, message, memories](std::vector<ShardSnapshotPtr> snapshots) mutable {
        std::vector<ShardCut> cuts;
        for (const auto& snapshot : snapshots) cuts.push_back(snapshot->cut);
        promise.deliver(std::move(cuts));
        if (!snapshots.empty() || !memories.empty()) write(message, snapshots, memories);
      },
      [promise](const caf::error& why) mutable { promise.deliver(why); });
  for (const auto& shard : primaries()) {
    self->request(shard, defaults::kControlTimeout, snap_atom_v).then(all->value(), all->error());
  }
  return promise;
}

void ExecutorState::write(const TakeSnapshot& message,
                          const std::vector<ShardSnapshotPtr>& snapshots,
                          const std::vector<WorkerMemory::Kept>& memories) {
  ChunkWriterConfig writer{config.job, config.incarnation, message.checkpoint, message.homes, {}};
  // As load_shard reads it.
  for (const auto& snapshot : snapshots) {
    const auto shard = shards.find(snapshot->cut.shard);
    if (shard == shards.end()) return;
    const Parts parts(snapshot->count);
    const auto first = shard->second.assignment.offset;
    for (std::size_t i = 0; i < snapshot->floats.size(); ++i) {
      const auto vector = i / parts.count();
      const auto part = static_cast<std::uint32_t>(i % parts.count());
      writer.ranges.push_back(
          {vector * parameters + first + parts.offset(part), snapshot->floats[i]});
    }
  }
  for (std::size_t i = 0; i < memories.size(); ++i) {
    const auto& [sequence, floats, count] = memories[i];
    const Parts parts(count);
    for (std::uint32_t part = 0; part < parts.count(); ++part) {
      const std::shared_ptr<const float> values(floats, floats.get() + parts.offset(part));
      writer.ranges.push_back(
          {message.memories[i].offset + parts.offset(part), Tensor(values, parts.size(part))});
    }
  }
  self->request(self->spawn(chunk_writer, std::move(writer)), defaults::kStartTimeout, put_atom_v)
      .then(
          [this](const ChunksWritten& written) {
            if (job) self->send(job, written_atom_v, written);
          },
          [this, message](const caf::error& why) {
            ChunksWritten written{config.incarnation, message.checkpoint, {}};
            written.failure = from_caf(why).message;
            if (job) self->send(job, written_atom_v, std::move(written));
          });
}

caf::result<std::vector<Fenced>> ExecutorState::fence(WorkerId worker, Incarnation incarnation) {
  auto promise = self->make_response_promise<std::vector<Fenced>>();
  auto all = Gather<Fenced>::of(
      primaries().size(),
      [promise](std::vector<Fenced> fenced) mutable { promise.deliver(std::move(fenced)); },
      [promise](const caf::error& why) mutable { promise.deliver(why); });
  for (const auto& shard : primaries()) {
    self->request(shard, defaults::kControlTimeout, fence_atom_v, worker, incarnation)
        .then(all->value(), all->error());
  }
  return promise;
}

caf::result<Incarnation> ExecutorState::close(const CloseRound& round) {
  if (round.generation != generation) {
    return to_caf(
        {Errc::kStaleIncarnation, fmt::format("generation {} is not here", round.generation)});
  }
  auto promise = self->make_response_promise<Incarnation>();
  auto all = Gather<ShardId>::of(
      primaries().size(),
      [promise, current = generation](const std::vector<ShardId>&) mutable {
        promise.deliver(current);
      },
      [promise](const caf::error& why) mutable { promise.deliver(why); });
  for (const auto& shard : primaries()) {
    self->request(shard, defaults::kControlTimeout, close_atom_v, round)
        .then(all->value(), all->error());
  }
  return promise;
}

caf::result<std::vector<ProgramSums>> ExecutorState::run(const RunProgram& message) {
  if (message.generation != generation) {
    return to_caf(
        {Errc::kStaleIncarnation, fmt::format("generation {} is not here", message.generation)});
  }
  auto promise = self->make_response_promise<std::vector<ProgramSums>>();
  auto all = Gather<ProgramSums>::of(
      primaries().size(),
      [promise](std::vector<ProgramSums> sums) mutable { promise.deliver(std::move(sums)); },
      [promise](const caf::error& why) mutable { promise.deliver(why); });
  for (const auto& shard : primaries()) {
    self->request(shard, defaults::kControlTimeout, run_atom_v, message.program)
        .then(all->value(), all->error());
  }
  return promise;
}

caf::result<Evaluation> ExecutorState::evaluate(const Evaluate& message) {
  if (!spec) return to_caf({Errc::kUnavailable, "not attached yet"});
  if (!evaluations) {
    evaluations = spawn_blocking(self->system(), evaluator, config.job, spec,
                                 open_here_or_elsewhere(self->system(), data_nodes));
  }
  return self->delegate(evaluations, evaluate_atom_v, message);
}

}  // namespace dk
