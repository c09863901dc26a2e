// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/executor.hpp"

#include "actors/chunk_transfer.hpp"
#include "actors/dial.hpp"
#include "actors/gather.hpp"
#include "actors/logic/job_algorithm.hpp"
#include "actors/runtime_config.hpp"
#include "actors/shard.hpp"

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <deque>
#include <map>
#include <optional>

namespace dk {
namespace {

using Counter = std::shared_ptr<std::atomic<std::uint64_t>>;
using TimePoint = caf::actor_clock::time_point;
/// CAF 0.17 gives a connection up now and then when both ends dial each other at the same time.
constexpr int kDialAttempts = 3;

struct HostedShard {
  LocalShardActor actor;
  ShardAssignment assignment;
};

struct HostedWorker {
  WorkerActor actor;
  Incarnation incarnation;
  Counter steps;
  std::vector<std::uint64_t> leases;
  std::uint64_t round = 0;  ///< of the newest lease
};

/// An executor that holds shards which our workers use.
struct PeerExecutor {
  Peer peer;
  ExecutorActor handle;
  std::vector<ShardAddress> shards;
  std::optional<TimePoint> lost;
};

struct ExecutorState {
  LocalExecutorActor::pointer self = nullptr;
  ExecutorConfig config;
  std::uint16_t port = 0;

  JobActor job;  ///< null while the supervisor is away
  std::optional<TimePoint> orphaned;
  std::shared_ptr<const JobSpec> spec;
  std::shared_ptr<const Algorithm> algorithm;
  Ledger::Config blocks;
  std::uint64_t parameters = 0;  ///< of all members of an ensemble together
  std::shared_ptr<const storage::Dataset> train;
  EvaluatorActor evaluations;  ///< null until it is needed

  Incarnation generation;
  std::map<ShardId, HostedShard> shards;
  std::map<WorkerId, HostedWorker> workers;
  std::map<std::string, PeerExecutor> peers;
  Counter duplicates = std::make_shared<std::atomic<std::uint64_t>>(0);

  std::vector<Done> pending;  ///< done, and not yet durable at the job
  bool reporting = false;
  std::uint64_t reports = 0;  ///< answers to a report before the newest one count for nothing
  TimePoint last_report;
  std::optional<CheckpointId> holding;
  bool over = false;

  [[nodiscard]] std::uint64_t member_parameters() const {
    return parameters / algorithm->members();
  }

  // -- link to the supervisor -------------------------------------------------------

  void attach();
  void retry_attach(const Error& why);
  Result<void> attached(const Attached& reply);
  void down(const caf::down_msg& message);
  void end(const Error& why);
  void fail_job(const std::string& reason);

  // -- assignments ----------------------------------------------------------------

  Result<void> enter(Incarnation next);
  void clear();
  [[nodiscard]] caf::result<Incarnation> start(const StartShards& message);
  void load_shard(const StartShards& message, const ShardAssignment& assignment,
                  const model::Model* initial, const std::shared_ptr<Gather<ShardAssignment>>& all);
  void spawn_shard(const ShardAssignment& assignment, FloatsPtr values, std::uint64_t taken);
  [[nodiscard]] caf::result<Incarnation> start(const StartWorkers& message);
  void find_shards(const StartWorkers& message, std::shared_ptr<Gather<WorkerShard>> found);
  void reach(const std::string& key, std::shared_ptr<Gather<WorkerShard>> found, int attempts);
  void spawn_workers(const std::vector<WorkerAssignment>& assignments,
                     const std::vector<WorkerShard>& where);
  Result<std::shared_ptr<const storage::Dataset>> load_train();
  void redial(const std::string& key);

  // -- work -------------------------------------------------------------------------

  [[nodiscard]] WorkReport make_report() const;
  void report();
  void forget_report();
  void take(const WorkGrants& grants, std::size_t reported);
  void take(const WorkGrants& grants);
  void tick();

  // -- checkpoints, fencing ---------------------------------------------------------

  [[nodiscard]] caf::result<ExecutorHeld> hold(CheckpointId checkpoint);
  void resume();
  [[nodiscard]] caf::result<std::vector<ShardCut>> snapshot(const TakeSnapshot& message);
  void write(const TakeSnapshot& message, const std::vector<ShardSnapshotPtr>& snapshots);
  [[nodiscard]] caf::result<std::vector<Fenced>> fence(WorkerId worker, Incarnation incarnation);
  [[nodiscard]] caf::result<Incarnation> close(const CloseRound& round);
  [[nodiscard]] caf::result<std::vector<ProgramSums>> run(const RunProgram& message);
  [[nodiscard]] caf::result<Evaluation> evaluate(const Evaluate& message);
};

// -- link to the supervisor ---------------------------------------------------------

void ExecutorState::attach() {
  if (over || job) return;
  dial<SupervisorActor>(
      self, config.supervisor,
      [this](const SupervisorActor& supervisor) {
        ExecutorHello hello{
            kProtocolVersion,   config.job,
            config.incarnation, generation,
            config.pid,         {config.host, port, caf::actor_cast<caf::strong_actor_ptr>(self)},
            make_report()};
        self->request(supervisor, defaults::kControlTimeout, attach_atom_v, std::move(hello))
            .then(
                [this](const Attached& reply) {
                  if (auto done = attached(reply); !done) end(done.error());
                },
                [this](const caf::error& why) { retry_attach(from_caf(why)); });
      },
      [this](const Error& why) { retry_attach(why); });
}

void ExecutorState::retry_attach(const Error& why) {
  const auto now = self->clock().now();
  if (!orphaned) orphaned = now;
  if (why.code == Errc::kStaleIncarnation || why.code == Errc::kInvalid) return end(why);
  if (now - *orphaned > defaults::kOrphanPatience) {
    return end({Errc::kUnavailable,
                fmt::format("no supervisor for {} s: {}",
                            std::chrono::seconds(defaults::kOrphanPatience).count(), why.message)});
  }
  self->delayed_send(self, defaults::kRedial, attach_atom_v);
}

Result<void> ExecutorState::attached(const Attached& reply) {
  if (job) return {};
  job = caf::actor_cast<JobActor>(reply.job);
  orphaned.reset();
  self->monitor(job);
  if (spec) return {};
  const auto json = nlohmann::json::parse(reply.spec, nullptr, false);
  DK_TRY_ASSIGN(auto parsed, job_spec_from_json(json));
  DK_TRY_ASSIGN(auto made, make_job_algorithm(parsed, reply.samples));
  algorithm = std::move(made);
  blocks = {reply.samples, std::uint64_t{algorithm->window()} * parsed.batch_size, parsed.epochs};
  parameters = reply.parameters;
  spec = std::make_shared<const JobSpec>(std::move(parsed));
  return {};
}

void ExecutorState::down(const caf::down_msg& message) {
  if (over) return;
  if (job && message.source == job.address()) {
    spdlog::warn("lost the supervisor; training goes on with the leases at hand");
    job = nullptr;
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
    if (message.source == worker.actor.address()) {
      return fail_job(fmt::format("worker {} ended: {}", id, from_caf(message.reason).message));
    }
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

// -- assignments ----------------------------------------------------------------------

Result<void> ExecutorState::enter(Incarnation next) {
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
  pending.clear();
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
  auto shard = std::make_shared<Shard>(ShardConfig{assignment.shard, assignment.incarnation,
                                                   algorithm, std::move(values), assignment.count,
                                                   assignment.learning, taken, duplicates});
  auto actor = self->spawn(shard_actor, std::move(shard));
  self->monitor(actor);
  shards[assignment.shard] = {actor, assignment};
}

Result<std::shared_ptr<const storage::Dataset>> ExecutorState::load_train() {
  DK_TRY_ASSIGN(auto data, storage::Dataset::load(spec->train));
  if (data->size() != blocks.samples) {
    return fail(Errc::kInvalid,
                "{} has {} samples on this node, but {} where the job was submitted",
                storage::describe(spec->train.source), data->size(), blocks.samples);
  }
  return data;
}

caf::result<Incarnation> ExecutorState::start(const StartWorkers& message) {
  if (auto entered = enter(message.generation); !entered) return to_caf(entered.error());
  if (!train) {
    auto loaded = load_train();
    if (!loaded) return to_caf(loaded.error());
    train = std::move(*loaded);
  }
  auto promise = self->make_response_promise<Incarnation>();
  auto all = Gather<WorkerShard>::of(
      message.shards.size(),
      [this, promise, message](std::vector<WorkerShard> found) mutable {
        if (generation != message.generation) {
          promise.deliver(to_caf({Errc::kStaleIncarnation, "stopped meanwhile"}));
          return;
        }
        std::ranges::sort(found, {}, &WorkerShard::shard);
        spawn_workers(message.workers, found);
        promise.deliver(message.generation);
      },
      [promise](const caf::error& why) mutable { promise.deliver(why); });
  find_shards(message, all);
  return promise;
}

void ExecutorState::find_shards(const StartWorkers& message,
                                std::shared_ptr<Gather<WorkerShard>> found) {
  std::map<std::string, PeerExecutor> remote;
  for (const auto& address : message.shards) {
    if (const auto local = shards.find(address.shard); local != shards.end()) {
      WorkerShard shard{address.shard, address.incarnation, address.offset, address.count,
                        caf::actor_cast<ShardActor>(local->second.actor)};
      found->value()(shard);
      continue;
    }
    const auto key = address.executor.host.empty()
                         ? fmt::format("local {}", address.executor.handle->id())
                         : fmt::format("{}:{}", address.executor.host, address.executor.port);
    remote[key].peer = address.executor;
    remote[key].shards.push_back(address);
  }
  for (auto& [key, peer] : remote) {
    peers[key] = peer;
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
        for (const auto& address : entry.shards) {
          self->request(handle, defaults::kControlTimeout, shard_atom_v, address.shard,
                        address.incarnation)
              .then(
                  [found, address](const caf::strong_actor_ptr& actor) {
                    WorkerShard shard{address.shard, address.incarnation, address.offset,
                                      address.count, caf::actor_cast<ShardActor>(actor)};
                    found->value()(shard);
                  },
                  found->error());
        }
      },
      [this, key, found, attempts, entered = generation](const Error& why) {
        if (attempts > 1 && generation == entered && peers.contains(key))
          return reach(key, found, attempts - 1);
        found->error()(to_caf(why));
      });
}

void ExecutorState::spawn_workers(const std::vector<WorkerAssignment>& assignments,
                                  const std::vector<WorkerShard>& where) {
  const auto home = caf::actor_cast<WorkerHomeActor>(caf::actor_cast<caf::strong_actor_ptr>(self));
  for (const auto& assignment : assignments) {
    // A worker knows one model, its own, at the beginning of its own vector.
    const auto first = (assignment.worker.value - 1) % algorithm->members() * member_parameters();
    std::vector<WorkerShard> own;
    for (auto shard : where) {
      if (shard.offset / member_parameters() * member_parameters() != first) continue;
      shard.offset -= first;
      own.push_back(std::move(shard));
    }
    auto steps = std::make_shared<std::atomic<std::uint64_t>>(0);
    auto worker = std::make_shared<const WorkerConfig>(
        WorkerConfig{assignment.worker, assignment.incarnation, algorithm, blocks, std::move(own),
                     home, spec, train, steps});
    auto actor = spawn_blocking(self->system(), worker_actor, std::move(worker));
    self->monitor(actor);
    if (holding)
      self->request(actor, defaults::kControlTimeout, hold_atom_v)
          .then([](const Held&) {}, [](caf::error&) {});
    workers[assignment.worker] = {actor, assignment.incarnation, steps, {}, 0};
  }
  report();
}

void ExecutorState::redial(const std::string& key) {
  const auto peer = peers.find(key);
  if (over || peer == peers.end() || peer->second.handle) return;
  auto again = [this, key, entered = generation](const Error& why) {
    const auto lost = peers.find(key);
    if (over || generation != entered || lost == peers.end() || why.code == Errc::kStaleIncarnation)
      return;
    if (self->clock().now() - *lost->second.lost > defaults::kPeerPatience)
      return fail_job(why.message);
    self->delayed_send(self, defaults::kRedial, shard_atom_v, key);
  };
  dial<ExecutorActor>(
      self, peer->second.peer,
      [this, key, again](const ExecutorActor& handle) {
        const auto found = peers.find(key);
        if (found == peers.end() || found->second.handle) return;
        found->second.handle = handle;
        self->monitor(handle);
        for (const auto& address : found->second.shards) {
          self->request(handle, defaults::kControlTimeout, shard_atom_v, address.shard,
                        address.incarnation)
              .then(
                  [this, address](const caf::strong_actor_ptr& actor) {
                    for (const auto& [id, worker] : workers) {
                      self->send(worker.actor, shard_atom_v, address.shard,
                                 caf::actor_cast<ShardActor>(actor));
                    }
                  },
                  [again](const caf::error& why) { again(from_caf(why)); });
        }
      },
      again);
}

// -- work -----------------------------------------------------------------------------

WorkReport ExecutorState::make_report() const {
  WorkReport report{config.incarnation, pending, {}, duplicates->load(std::memory_order_relaxed)};
  for (const auto& [id, worker] : workers) {
    report.workers.push_back(
        {id, worker.incarnation, worker.steps->load(std::memory_order_relaxed), worker.leases});
  }
  return report;
}

void ExecutorState::report() {
  if (!job || reporting || over) return;
  reporting = true;
  last_report = self->clock().now();
  ++reports;
  self->request(job, defaults::kControlTimeout, report_atom_v, make_report())
      .then(
          [this, reported = pending.size(), number = reports](const WorkGrants& grants) {
            if (number == reports) take(grants, reported);
          },
          [this, number = reports](const caf::error& why) {
            if (number != reports) return;
            reporting = false;
            const auto error = from_caf(why);
            if (error.code == Errc::kStaleIncarnation) end(error);
          });
}

void ExecutorState::forget_report() {
  reporting = false;
  ++reports;
}

void ExecutorState::take(const WorkGrants& grants, std::size_t reported) {
  reporting = false;
  pending.erase(pending.begin(), pending.begin() + static_cast<std::ptrdiff_t>(reported));
  take(grants);
  if (!pending.empty()) report();
}

void ExecutorState::take(const WorkGrants& grants) {
  const bool rounds = algorithm && algorithm->pace().kind == Pace::Kind::kRounds;
  for (const auto& grant : grants.grants) {
    const auto worker = workers.find(grant.worker);
    if (worker == workers.end() || worker->second.incarnation != grant.incarnation ||
        grant.blocks.empty())
      continue;
    // A round's lease comes by itself, and again in the answer to a report that crossed it.
    if (rounds && grant.round <= std::exchange(worker->second.round, grant.round)) continue;
    auto& leases = worker->second.leases;
    leases.insert(leases.end(), grant.blocks.begin(), grant.blocks.end());
    self->send(worker->second.actor, put_atom_v, grant);
  }
}

void ExecutorState::tick() {
  if (over) return;
  const bool idle =
      std::ranges::any_of(workers, [](const auto& entry) { return entry.second.leases.empty(); });
  if (idle || self->clock().now() - last_report >= defaults::kReportEvery) report();
  self->delayed_send(self, defaults::kLeaseRetry, tick_atom_v);
}

// -- checkpoints, fencing ---------------------------------------------------------------

caf::result<ExecutorHeld> ExecutorState::hold(CheckpointId checkpoint) {
  holding = checkpoint;
  auto promise = self->make_response_promise<ExecutorHeld>();
  auto all = Gather<Held>::of(
      workers.size(),
      [this, promise](std::vector<Held> held) mutable {
        promise.deliver(ExecutorHeld{std::move(held), make_report()});
      },
      [promise](const caf::error& why) mutable { promise.deliver(why); });
  for (const auto& [id, worker] : workers) {
    self->request(worker.actor, defaults::kControlTimeout, hold_atom_v)
        .then(all->value(), all->error());
  }
  return promise;
}

void ExecutorState::resume() {
  holding.reset();
  for (const auto& [id, worker] : workers) self->send(worker.actor, resume_atom_v);
}

caf::result<std::vector<ShardCut>> ExecutorState::snapshot(const TakeSnapshot& message) {
  auto promise = self->make_response_promise<std::vector<ShardCut>>();
  auto all = Gather<ShardSnapshotPtr>::of(
      shards.size(),
      [this, promise, message](std::vector<ShardSnapshotPtr> snapshots) mutable {
        std::vector<ShardCut> cuts;
        for (const auto& snapshot : snapshots) cuts.push_back(snapshot->cut);
        promise.deliver(std::move(cuts));
        if (!snapshots.empty()) write(message, snapshots);
      },
      [promise](const caf::error& why) mutable { promise.deliver(why); });
  for (const auto& [id, shard] : shards) {
    self->request(shard.actor, defaults::kControlTimeout, snap_atom_v)
        .then(all->value(), all->error());
  }
  return promise;
}

void ExecutorState::write(const TakeSnapshot& message,
                          const std::vector<ShardSnapshotPtr>& snapshots) {
  ChunkWriterConfig writer{config.job, config.incarnation, message.checkpoint, message.homes, {}};
  // As load_shard reads it.
  for (const auto& snapshot : snapshots) {
    const auto shard = shards.find(snapshot->cut.shard);
    if (shard == shards.end()) return;
    for (std::uint64_t vector = 0; vector <= snapshot->slots; ++vector) {
      const std::shared_ptr<const float> floats(snapshot->values,
                                                snapshot->values.get() + vector * snapshot->count);
      writer.ranges.push_back(
          {vector * parameters + shard->second.assignment.offset, floats, snapshot->count});
    }
  }
  self->request(self->spawn(chunk_writer, std::move(writer)), defaults::kStartTimeout, put_atom_v)
      .then(
          [this](const ChunksWritten& written) {
            if (job) self->send(job, written_atom_v, written);
          },
          [this, message](const caf::error& why) {
            ChunksWritten written{
                config.incarnation, message.checkpoint, {}, from_caf(why).message};
            if (job) self->send(job, written_atom_v, std::move(written));
          });
}

caf::result<std::vector<Fenced>> ExecutorState::fence(WorkerId worker, Incarnation incarnation) {
  auto promise = self->make_response_promise<std::vector<Fenced>>();
  auto all = Gather<Fenced>::of(
      shards.size(),
      [promise](std::vector<Fenced> fenced) mutable { promise.deliver(std::move(fenced)); },
      [promise](const caf::error& why) mutable { promise.deliver(why); });
  for (const auto& [id, shard] : shards) {
    self->request(shard.actor, defaults::kControlTimeout, fence_atom_v, worker, incarnation)
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
      shards.size(),
      [promise, current = generation](const std::vector<ShardId>&) mutable {
        promise.deliver(current);
      },
      [promise](const caf::error& why) mutable { promise.deliver(why); });
  for (const auto& [id, shard] : shards) {
    self->request(shard.actor, defaults::kControlTimeout, close_atom_v, round)
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
      shards.size(),
      [promise](std::vector<ProgramSums> sums) mutable { promise.deliver(std::move(sums)); },
      [promise](const caf::error& why) mutable { promise.deliver(why); });
  for (const auto& [id, shard] : shards) {
    self->request(shard.actor, defaults::kControlTimeout, run_atom_v, message.program)
        .then(all->value(), all->error());
  }
  return promise;
}

caf::result<Evaluation> ExecutorState::evaluate(const Evaluate& message) {
  if (!spec) return to_caf({Errc::kUnavailable, "not attached yet"});
  if (!evaluations) evaluations = spawn_blocking(self->system(), evaluator, config.job, spec);
  return self->delegate(evaluations, evaluate_atom_v, message);
}

}  // namespace

LocalExecutorActor::behavior_type executor_actor(LocalExecutorActor::pointer self,
                                                 ExecutorConfig config) {
  auto state = std::make_shared<ExecutorState>();
  state->self = self;
  state->config = std::move(config);
  self->set_down_handler(
      [state = state.get()](const caf::down_msg& message) { state->down(message); });
  if (state->config.host.empty()) self->send(self, attach_atom_v);
  self->send(self, tick_atom_v);
  return {
      [state](start_atom, const StartShards& message) { return state->start(message); },
      [state](start_atom, const StartWorkers& message) { return state->start(message); },
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
      [state](put_atom, const WorkGrants& grants) { state->take(grants); },
      [state](hold_atom, CheckpointId checkpoint) { return state->hold(checkpoint); },
      [state](resume_atom, CheckpointId checkpoint) {
        if (state->holding == checkpoint) state->resume();
      },
      [state](snap_atom, const TakeSnapshot& message) { return state->snapshot(message); },
      [state](close_atom, const CloseRound& round) { return state->close(round); },
      [state](run_atom, const RunProgram& message) { return state->run(message); },
      [state](evaluate_atom, const Evaluate& message) { return state->evaluate(message); },
      [state](stop_atom, Incarnation generation) {
        if (generation >= state->generation) state->clear();
        return generation;
      },
      [state](kill_atom) {
        state->end({Errc::kCancelled, "told to end"});
      },
      [state](written_atom, const Done& done) {
        const auto worker = state->workers.find(done.worker);
        if (worker == state->workers.end() || worker->second.incarnation != done.incarnation)
          return;
        std::erase(worker->second.leases, done.block);
        state->pending.push_back(done);
        state->report();
      },
      [state](failure_atom, WorkerId id, const Error& error) {
        if (error.code != Errc::kStaleIncarnation) {
          return state->fail_job(fmt::format("worker {}: {}", id, error.message));
        }
        const auto worker = state->workers.find(id);
        if (worker == state->workers.end()) return;
        state->self->demonitor(worker->second.actor.address());
        state->workers.erase(worker);
      },
      [state](tick_atom) { state->tick(); },
      [state](shard_atom, const std::string& peer) { state->redial(peer); },
      [state](attach_atom, std::uint16_t port) {
        state->port = port;
        state->attach();
      },
      [state](attach_atom) { state->attach(); },
  };
}

}  // namespace dk
