// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/dial.hpp"
#include "actors/executor/executor_state.hpp"
#include "actors/runtime_config.hpp"

#include <caf/all.hpp>

#include <algorithm>

namespace dk {

Result<void> ExecutorState::enter(Incarnation next) {
  if (!spec) return fail(Errc::kUnavailable, "not attached yet");
  if (next < generation) {
    return fail(Errc::kStaleIncarnation, "generation {} is over, this is {}", next, generation);
  }
  if (next > generation) clear();
  generation = next;
  return {};
}

void ExecutorState::clear() {
  for (auto& [id, worker] : std::exchange(workers, {})) {
    self->demonitor(worker.actor.address());
    self->send_exit(worker.actor, caf::exit_reason::user_shutdown);
  }
  for (auto& [id, shard] : std::exchange(shards, {})) {
    self->demonitor(shard.actor.address());
    self->send_exit(shard.actor, caf::exit_reason::user_shutdown);
  }
  peers.clear();
  replicas.clear();
  moves.clear();
  pending.clear();
  failures.clear();
  notes.clear();
  forget_report();
  holding.reset();
}

caf::result<Incarnation> ExecutorState::start(const StartShards& message) {
  if (auto entered = enter(message.generation); !entered) return to_caf(entered.error());
  auto promise = self->make_response_promise<Incarnation>();
  auto all = Gather<ShardAssignment>::of(
      message.shards.size(),
      [this, promise, message](const std::vector<ShardAssignment>&) mutable {
        promise.deliver(message.generation);
      },
      [promise](const caf::error& why) mutable { promise.deliver(why); });
  std::map<std::uint64_t, std::unique_ptr<model::Model>> initial;  // by member of an ensemble
  for (const auto& assignment : message.shards) {
    if (assignment.offset + assignment.count > parameters) {
      return to_caf(
          {Errc::kInvalid, fmt::format("shard {} lies outside the model", assignment.shard)});
    }
    const auto member = assignment.offset / member_parameters();
    if (!message.place.checkpoint && !initial.contains(member)) {
      auto built = build_initial_model(*spec, static_cast<std::uint32_t>(member));
      if (!built) return to_caf(built.error());
      initial[member] = std::move(*built);
    }
    load_shard(message, assignment, initial[member].get(), all);
  }
  return promise;
}

void ExecutorState::load_shard(const StartShards& message, const ShardAssignment& assignment,
                               const model::Model* initial,
                               const std::shared_ptr<Gather<ShardAssignment>>& all) {
  const auto vectors = 1 + std::size_t{algorithm->shard_slots()};
  auto values = allocate_floats(vectors * assignment.count);
  if (initial != nullptr) {
    std::fill_n(values.get(), vectors * assignment.count, 0.0F);
    std::ranges::copy(
        initial->parameters().subspan(assignment.offset % member_parameters(), assignment.count),
        values.get());
    spawn_shard(assignment, std::move(values), 0);
    auto started = assignment;
    return all->value()(started);
  }
  auto loaded = Gather<std::uint64_t>::of(
      vectors,
      [this, all, assignment, values, message](const std::vector<std::uint64_t>&) {
        if (generation != message.generation)
          return all->error()(to_caf({Errc::kStaleIncarnation, "stopped meanwhile"}));
        spawn_shard(assignment, values, message.updates);
        auto started = assignment;
        all->value()(started);
      },
      all->error());
  // A checkpoint holds the weights of the whole model, then each slot of the whole model.
  for (std::uint64_t vector = 0; vector < vectors; ++vector) {
    auto reader = self->spawn(
        chunk_reader, ChunkReaderConfig{config.job, message.place.checkpoint, message.place.chunks,
                                        message.place.nodes,
                                        vector * parameters + assignment.offset, assignment.count});
    self->request(reader, defaults::kStartTimeout, get_atom_v)
        .then(
            [loaded, values, vector, assignment](const FloatsPtr& floats) mutable {
              std::copy_n(floats.get(), assignment.count, values.get() + vector * assignment.count);
              loaded->value()(vector);
            },
            loaded->error());
  }
}

void ExecutorState::spawn_shard(const ShardAssignment& assignment, FloatsPtr values,
                                std::uint64_t taken) {
  ShardConfig shard{assignment.shard, assignment.incarnation, algorithm, std::move(values),
                    assignment.count, assignment.learning,    taken,     duplicates};
  auto blueprint = shard;
  blueprint.values = nullptr;
  auto actor = self->spawn(
      shard_actor, ShardActorConfig{std::make_shared<Shard>(std::move(shard)), std::move(blueprint),
                                    caf::actor_cast<ShardHomeActor>(
                                        caf::actor_cast<caf::strong_actor_ptr>(self))});
  self->monitor(actor);
  shards[assignment.shard] = {actor, assignment, false};
}

/// Loading may take long, and the executor has to answer meanwhile: it has an actor of its own.
void ExecutorState::with_train(std::function<void(const Result<void>&)> next) {
  if (train) return next({});
  waiting_for_train.push_back(std::move(next));
  if (waiting_for_train.size() > 1) return;
  auto loader = spawn_blocking(self->system(), data_loader, spec->train,
                               open_here_or_elsewhere(self->system(), data_nodes));
  self->request(loader, caf::infinite, open_atom_v)
      .then([this](const DatasetPtr& data) { train_loaded(data); },
            [this](const caf::error& why) { train_loaded(fail(from_caf(why))); });
}

void ExecutorState::train_loaded(Result<DatasetPtr> loaded) {
  if (loaded && (*loaded)->size() != blocks.samples) {
    loaded =
        fail(Errc::kInvalid, "{} has {} samples on this node, but {} where the job was submitted",
             storage::describe(spec->train.source), (*loaded)->size(), blocks.samples);
  }
  if (loaded) train = *loaded;
  const Result<void> result = loaded ? Result<void>() : fail(loaded.error());
  for (const auto& next : std::exchange(waiting_for_train, {})) next(result);
}

caf::result<Incarnation> ExecutorState::start(const StartWorkers& message) {
  if (auto entered = enter(message.generation); !entered) return to_caf(entered.error());
  auto promise = self->make_response_promise<Incarnation>();
  with_train([this, promise, message](const Result<void>& loaded) mutable {
    if (!loaded) {
      promise.deliver(to_caf(loaded.error()));
    } else if (generation != message.generation) {
      promise.deliver(to_caf({Errc::kStaleIncarnation, "stopped meanwhile"}));
    } else {
      start_workers(message, promise);
    }
  });
  return promise;
}

void ExecutorState::start_workers(const StartWorkers& message,
                                  caf::typed_response_promise<Incarnation> promise) {
  auto all = Gather<WorkerShard>::of(
      message.shards.size(),
      [this, promise, message](std::vector<WorkerShard> found) mutable {
        if (generation != message.generation) {
          promise.deliver(to_caf({Errc::kStaleIncarnation, "stopped meanwhile"}));
          return;
        }
        std::ranges::sort(found, {}, &WorkerShard::shard);
        spawn_workers(message, found);
        promise.deliver(message.generation);
      },
      [promise](const caf::error& why) mutable { promise.deliver(why); });
  find_shards(message, all);
}

void ExecutorState::find_shards(const StartWorkers& message,
                                std::shared_ptr<Gather<WorkerShard>> found) {
  std::map<std::string, PeerExecutor> remote;
  for (const auto& address : message.shards) {
    const auto local = shards.find(address.shard);
    if (local != shards.end() && local->second.assignment.incarnation == address.incarnation) {
      WorkerShard shard{address.shard, address.incarnation, address.offset, address.count,
                        caf::actor_cast<ShardActor>(local->second.actor)};
      found->value()(shard);
      continue;
    }
    const auto key = key_of(address.executor);
    remote[key].peer = address.executor;
    remote[key].shards.push_back(address);
  }
  for (auto& [key, peer] : remote) {
    peers[key].peer = peer.peer;
    peers[key].shards = peer.shards;
    reach(key, found, kDialAttempts);
  }
}

void ExecutorState::reach(const std::string& key, std::shared_ptr<Gather<WorkerShard>> found,
                          int attempts) {
  dial<ExecutorActor>(
      self, peers[key].peer,
      [this, key, found](const ExecutorActor& handle) {
        auto& entry = peers[key];
        entry.handle = handle;
        self->monitor(handle);
        for (const auto& backup : entry.backups) connect(backup);
        for (const auto& address : entry.shards) find(handle, address, found, kDialAttempts);
      },
      [this, key, found, attempts, entered = generation](const Error& why) {
        if (attempts > 1 && generation == entered && peers.contains(key))
          return reach(key, found, attempts - 1);
        found->error()(to_caf(why));
        const auto peer = peers.find(key);
        if (generation != entered || peer == peers.end() || peer->second.backups.empty()) return;
        peer->second.lost = self->clock().now();
        self->delayed_send(self, defaults::kRedial, shard_atom_v, key);
      });
}

void ExecutorState::find(const ExecutorActor& where, const ShardAddress& address,
                         std::shared_ptr<Gather<WorkerShard>> found, int attempts) {
  self->request(where, kFindTimeout, shard_atom_v, address.shard, address.incarnation)
      .then(
          [found, address](const caf::strong_actor_ptr& actor) {
            WorkerShard shard{address.shard, address.incarnation, address.offset, address.count,
                              caf::actor_cast<ShardActor>(actor)};
            found->value()(shard);
          },
          [this, where, address, found, attempts](const caf::error& why) {
            if (why == caf::sec::request_timeout && attempts > 1)
              return find(where, address, found, attempts - 1);
            found->error()(why);
          });
}

std::optional<ChunkReaderConfig> ExecutorState::remembered(const StartWorkers& message,
                                                           const WorkerAssignment& worker) const {
  const auto found = std::ranges::find(message.memories, worker.worker, &MemoryPlace::worker);
  if (found == message.memories.end()) return std::nullopt;
  const auto& place = message.place;
  return ChunkReaderConfig{config.job,  place.checkpoint, place.chunks,
                           place.nodes, found->offset,    found->count};
}

void ExecutorState::spawn_workers(const StartWorkers& message,
                                  const std::vector<WorkerShard>& where) {
  const auto home = caf::actor_cast<WorkerHomeActor>(caf::actor_cast<caf::strong_actor_ptr>(self));
  const bool crowded = workers.size() + message.workers.size() > cores_for_workers();
  for (const auto& assignment : message.workers) {
    // Asked for again while it was started: two of one incarnation would commit different values.
    const auto known = workers.find(assignment.worker);
    if (known != workers.end() && known->second.incarnation >= assignment.incarnation) continue;
    // A worker knows one model, its own, at the beginning of its own vector.
    const auto first = (assignment.worker.value - 1) % algorithm->members() * member_parameters();
    std::vector<WorkerShard> own;
    for (auto shard : where) {
      if (shard.offset / member_parameters() * member_parameters() != first) continue;
      shard.offset -= first;
      own.push_back(std::move(shard));
    }
    auto steps = std::make_shared<std::atomic<std::uint64_t>>(0);
    auto gate = std::make_shared<ExchangeGate>();
    auto memory = spec->checkpoint_worker_state ? std::make_shared<WorkerMemory>() : nullptr;
    if (holding) gate->close();
    auto worker = std::make_shared<const WorkerConfig>(WorkerConfig{
        assignment.worker, assignment.incarnation, algorithm, blocks, std::move(own), home, spec,
        train, steps, gate, crowded ? turns : nullptr, memory, remembered(message, assignment)});
    auto actor = spawn_blocking(self->system(), worker_actor, std::move(worker));
    self->monitor(actor);
    workers[assignment.worker] = {actor, assignment.incarnation, steps, gate, memory};
  }
  // What moved while they were started.
  for (const auto& shard : where) {
    const auto newer = moves.find(shard.shard);
    if (newer != moves.end() && newer->second.incarnation > shard.incarnation) seek(newer->second);
  }
  report();
}

void ExecutorState::redial(const std::string& key) {
  const auto peer = peers.find(key);
  if (over || peer == peers.end() || peer->second.handle) return;
  const auto again = [this, key, entered = generation](const Error& why) {
    const auto lost = peers.find(key);
    if (over || generation != entered || lost == peers.end()) return;
    if (self->clock().now() - *lost->second.lost > defaults::kPeerPatience) {
      if (!lost->second.shards.empty()) return fail_job(why.message);
      const auto backups = std::exchange(lost->second.backups, {});
      peers.erase(lost);
      for (const auto& backup : backups) lose_backup(backup);
      return;
    }
    self->delayed_send(self, defaults::kRedial, shard_atom_v, key);
  };
  dial<ExecutorActor>(
      self, peer->second.peer,
      [this, key](const ExecutorActor& handle) {
        const auto found = peers.find(key);
        if (found == peers.end() || found->second.handle) return;
        found->second.handle = handle;
        self->monitor(handle);
        self->send(handle, resume_atom_v);
        use_link(key);
      },
      again);
}

void ExecutorState::relinked() {
  const auto& sender = self->current_sender();
  for (const auto& [key, peer] : peers) {
    if (peer.handle && sender && peer.handle.address() == sender->address()) return use_link(key);
  }
}

void ExecutorState::use_link(const std::string& key) {
  const auto& peer = peers.at(key);
  for (const auto& address : peer.shards) find_moved(key, address);
  for (const auto& backup : peer.backups) connect(backup);
}

}  // namespace dk
