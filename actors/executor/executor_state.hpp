// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/chunk_transfer.hpp"
#include "actors/defaults.hpp"
#include "actors/doors.hpp"
#include "actors/error.hpp"
#include "actors/evaluator.hpp"
#include "actors/executor.hpp"
#include "actors/gather.hpp"
#include "actors/logic/ledger.hpp"
#include "actors/logic/patience.hpp"
#include "actors/remote_data.hpp"
#include "actors/shard_actor.hpp"
#include "actors/worker_memory.hpp"
#include "storage/data/dataset.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dk {

using Counter = std::shared_ptr<std::atomic<std::uint64_t>>;
using TimePoint = caf::actor_clock::time_point;
/// CAF 0.17 gives a connection up now and then when both ends dial each other at the same time.
constexpr int kDialAttempts = 3;
/// Of asking another executor for a shard's handle, which it has at hand: what gets no answer for
/// as long as silence ends a link was lost with one, and is asked again.
constexpr auto kFindTimeout = defaults::kSilence;

/// One copy of a shard; its assignment has the copy's own incarnation.
struct HostedShard {
  LocalShardActor actor;
  ShardAssignment assignment;
  bool backup = false;
};

struct HostedWorker {
  WorkerActor actor;
  Incarnation incarnation;
  Counter steps;
  std::shared_ptr<ExchangeGate> gate;
  std::shared_ptr<WorkerMemory> memory;  ///< null: not in checkpoints
  std::vector<std::uint64_t> leases{};
  std::uint64_t round = 0;      ///< of the newest lease
  std::uint64_t committed = 0;  ///< its newest commit that is done
};

/// A checkpoint is being cut: no worker begins an exchange.
struct Hold {
  CheckpointId checkpoint;
  std::map<WorkerId, Held> workers;  ///< with the commit that each comes to rest behind
  caf::typed_response_promise<ExecutorHeld> promise{};
  bool answered = false;
};

/// An executor that holds shards which our workers use, or backups of ours.
struct PeerExecutor {
  Peer peer;
  ExecutorActor handle;
  std::vector<ShardAddress> shards;
  std::vector<Replicate> backups;
  std::optional<TimePoint> lost;
};

/// What `peers` knows it by.
[[nodiscard]] std::string key_of(const Peer& peer);

struct ExecutorState {
  LocalExecutorActor::pointer self = nullptr;
  ExecutorConfig config;
  std::uint16_t port = 0;

  Doors doors{Peer{}};
  JobActor job;  ///< null while the supervisor is away
  std::optional<TimePoint> orphaned;
  caf::actor_addr door;  ///< is asked to take this executor in; null: none is
  std::shared_ptr<const JobSpec> spec;
  std::shared_ptr<const Algorithm> algorithm;
  Ledger::Config blocks;
  std::uint64_t parameters = 0;  ///< of all members of an ensemble together
  std::shared_ptr<DataNodes> data_nodes = std::make_shared<DataNodes>();
  DatasetPtr train;
  /// Go on when the data are there or cannot be had.
  std::vector<std::function<void(const Result<void>&)>> waiting_for_train;
  EvaluatorActor evaluations;  ///< null until it is needed

  Incarnation generation;
  std::map<ShardId, HostedShard> shards;
  std::map<WorkerId, HostedWorker> workers;
  std::shared_ptr<Turns> turns;  ///< null: none are taken in this job
  std::map<std::string, PeerExecutor> peers;
  std::map<ShardId, ReplicaStatus> replicas;  ///< of our primaries
  std::map<ShardId, ShardAddress> moves;      ///< where shards have moved in this generation
  Counter duplicates = std::make_shared<std::atomic<std::uint64_t>>(0);

  std::vector<Done> pending;            ///< done, and not yet durable at the job
  std::vector<WorkerFailure> failures;  ///< likewise
  std::vector<WorkerNote> notes;        ///< not known to the job yet
  bool reporting = false;
  std::uint64_t reports = 0;  ///< answers to a report before the newest one count for nothing
  TimePoint last_report;
  Patience report_patience{defaults::kControlTimeout};
  std::optional<Hold> holding;
  bool over = false;

  /// How many workers can compute at the same time.
  [[nodiscard]] std::size_t cores_for_workers() const {
    return std::max<std::size_t>(1, config.cores / spec->threads);
  }
  [[nodiscard]] std::uint64_t member_parameters() const {
    return parameters / algorithm->members();
  }

  // -- link to the supervisor -------------------------------------------------------

  /// Whether the order at hand comes from its job, and not from one of a supervisor that has been
  /// replaced. The launcher's have no sender.
  [[nodiscard]] bool obeys() const;
  void attach();
  void retry_attach(const Error& why);
  void leave_door();
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
  void spawn_workers(const StartWorkers& message, const std::vector<WorkerShard>& where);
  /// What this worker begins with, if it is in a checkpoint.
  [[nodiscard]] std::optional<ChunkReaderConfig> remembered(const StartWorkers& message,
                                                            const WorkerAssignment& worker) const;
  void with_train(std::function<void(const Result<void>&)> next);
  void train_loaded(Result<DatasetPtr> loaded);
  void start_workers(const StartWorkers& message, caf::typed_response_promise<Incarnation> promise);
  void redial(const std::string& key);
  /// Asks again for what is beyond a link; who gets it sends again what was not answered.
  void use_link(const std::string& key);
  void relinked();

  // -- replicas -----------------------------------------------------------------------

  [[nodiscard]] caf::result<Incarnation> start(const StartBackups& message);
  [[nodiscard]] caf::result<ShardId> replicate(const Replicate& message);
  void connect(const Replicate& message);
  void lose_backup(const Replicate& message);
  void heard(const ReplicaStatus& status);
  [[nodiscard]] caf::result<ShardId> promote(const Promote& message);
  [[nodiscard]] caf::result<ShardId> moved(const ShardMoved& message);
  void seek(const ShardAddress& address);
  void find(const ExecutorActor& where, const ShardAddress& address,
            std::shared_ptr<Gather<WorkerShard>> found, int attempts);
  void find_moved(const std::string& key, const ShardAddress& address);
  void tell_workers(const ShardAddress& address, const ShardActor& actor);
  /// The entry of this peer; a new one is dialled.
  PeerExecutor& peer_of(const Peer& peer);
  [[nodiscard]] caf::error stale(Incarnation other) const;

  // -- work -------------------------------------------------------------------------

  [[nodiscard]] WorkReport make_report() const;
  void report();
  void forget_report();
  void answered(const WorkGrants& grants);
  void take(const WorkGrants& grants);
  void tick();
  /// False if no such worker lives here.
  bool end_worker(WorkerId id, Incarnation incarnation);
  void failed(const WorkerFailure& failure);
  [[nodiscard]] caf::result<ExecutorHeld> drain(Incarnation then, std::vector<WorkerId> ids);

  [[nodiscard]] std::vector<LocalShardActor> primaries() const;

  // -- checkpoints, fencing ---------------------------------------------------------

  [[nodiscard]] caf::result<ExecutorHeld> hold(CheckpointId checkpoint);
  /// Answers once every exchange that was under way is done.
  void held_if_done();
  void resume();
  [[nodiscard]] caf::result<std::vector<ShardCut>> snapshot(const TakeSnapshot& message);
  void write(const TakeSnapshot& message, const std::vector<ShardSnapshotPtr>& snapshots,
             const std::vector<WorkerMemory::Kept>& memories);
  [[nodiscard]] static WorkerMemory::Kept kept_by(const HostedWorker& worker);
  [[nodiscard]] caf::result<std::vector<Fenced>> fence(WorkerId worker, Incarnation incarnation);
  [[nodiscard]] caf::result<Incarnation> close(const CloseRound& round);
  [[nodiscard]] caf::result<std::vector<ProgramSums>> run(const RunProgram& message);
  [[nodiscard]] caf::result<Evaluation> evaluate(const Evaluate& message);
};

}  // namespace dk
