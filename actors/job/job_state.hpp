// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/algorithm.hpp"
#include "actors/defaults.hpp"
#include "actors/evaluator.hpp"
#include "actors/job/epoch_ends.hpp"
#include "actors/job/job.hpp"
#include "actors/job/job_evaluation.hpp"
#include "actors/job/job_parts.hpp"
#include "actors/logic/commit_table.hpp"
#include "actors/logic/curve.hpp"
#include "actors/logic/deadlines.hpp"
#include "actors/logic/job_metrics.hpp"
#include "actors/logic/job_progress.hpp"
#include "actors/logic/lbfgs.hpp"
#include "actors/logic/ledger.hpp"
#include "actors/logic/pacing.hpp"
#include "actors/logic/placement.hpp"
#include "actors/logic/restart_policy.hpp"
#include "storage/manifest.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace dk {

/// The state machine of one job. Split over lifecycle.cpp (start and end), staffing.cpp (who runs
/// where), work.cpp (leases and reports), rounds.cpp (synchronous algorithms), passes.cpp (full
/// batches), epochs.cpp (what follows an epoch, and the last one), evaluation.cpp (on all
/// executors), recovery.cpp (what dies), health.cpp (who is slow or sick), drain.cpp (machines that
/// are left), replicas.cpp (second copies of shards), checkpoint.cpp (cuts and manifests),
/// stored.cpp (full disks, checkpoints that a person drops) and record.cpp (events, status, what is
/// durable).
struct JobState {
  using TimePoint = std::chrono::steady_clock::time_point;

  JobState(LocalJobActor::pointer actor, JobConfig start);

  // -- lifecycle.cpp ------------------------------------------------------------------

  void begin();
  void share_changed(const JobShare& now_mine);
  void lose_with_machines();
  [[nodiscard]] caf::result<Attached> attach(const ExecutorHello& hello);
  void attached(Incarnation executor);
  void restore_shards();
  void shards_up(Incarnation executor);
  void start_workers(Incarnation executor);
  void workers_up(Incarnation executor, const std::vector<WorkerAssignment>& assignments);
  void tell_recovery();
  /// The executor has been asked for something long; no cut until it has answered, or is dead.
  void asked(Incarnation executor);
  /// Its answer; false when it comes too late to count.
  [[nodiscard]] bool answered(Incarnation executor, Incarnation then);
  void end(const std::string& state, const std::string& reason);
  void tick();

  // -- staffing.cpp ----------------------------------------------------------------

  void try_place();
  void begin_generation(Incarnation first, const Placement& placement);
  void launch(Incarnation executor);
  void fill_workers();
  [[nodiscard]] CoresByNode cores_used() const;
  /// Whoever gives out shares learns what is used, now or as of the durable record, if that has
  /// changed.
  void tell_use();
  /// For people: what it has to wait for, with room for so many workers.
  [[nodiscard]] std::string lacking(std::size_t room) const;

  // -- work.cpp -----------------------------------------------------------------------

  [[nodiscard]] caf::result<WorkGrants> report(const WorkReport& report);
  /// Takes in what is done; idempotent.
  void absorb(const WorkReport& report);
  /// A worker's commit is whole in every shard, and its block done.
  void take_note(const WorkerNote& note);
  void contributed(WorkerId worker, Incarnation incarnation, std::uint64_t block,
                   std::uint64_t sequence);
  [[nodiscard]] Grant grant(WorkerId worker, Incarnation incarnation,
                            std::vector<std::uint64_t> blocks) const;

  // -- rounds.cpp -----------------------------------------------------------------------

  /// Opens or closes a round, if it is time.
  void advance_round();
  void open_round();
  void close_round();

  // -- passes.cpp -----------------------------------------------------------------------

  [[nodiscard]] Lbfgs::Config lbfgs_config() const;
  /// Full batches: opens or closes a pass, or runs a program again, if it is time.
  void advance_pass();
  void open_pass();
  /// Takes the coordinator back to the newest checkpoint, or to the beginning.
  Result<void> return_lbfgs();
  void run_program();
  void program_run(std::uint64_t number, std::vector<ProgramSums> by_shard);
  /// A worker that has nothing else to do repeats a block that another one has not finished.
  void add_backup(const WorkerStatus& status, std::vector<std::uint64_t>& held);
  /// Why the training is over before its last epoch, or empty.
  [[nodiscard]] const std::string& stopped() const;

  // -- memories.cpp: what only workers know -----------------------------------------
  void place_memories();
  [[nodiscard]] std::vector<MemoryPlace> memories_in(Incarnation executor) const;
  void recall_memories();
  void hand_out_memories(StartWorkers& message) const;
  [[nodiscard]] nlohmann::json memories_to_json() const;
  void restore_memories(const nlohmann::json& json);

  // -- epochs.cpp -----------------------------------------------------------------------

  /// Blocks from this one on are not leased yet.
  [[nodiscard]] std::uint64_t lease_limit() const;
  /// An epoch is complete, and what follows from it is not decided.
  [[nodiscard]] bool epoch_waits() const;
  void advance_epochs();
  void decide_epoch(CheckpointId checkpoint, const nlohmann::json& validation);
  [[nodiscard]] const storage::Manifest* find_manifest(CheckpointId checkpoint) const;
  [[nodiscard]] CheckpointPlace place_of(const storage::Manifest& manifest) const;
  /// Writes a checkpoint as a Keras file, on the supervisor's machine; again after its restart.
  void write_file(const JobFile& file);
  void send_file(const JobFile& file);
  void finish_if_done();
  /// All is trained: chooses the weights, evaluates, writes files, ends.
  void conclude();

  // -- evaluation.cpp -------------------------------------------------------------------

  /// Spreads it over the executors, or goes on with what was begun; `then` gets `{"loss",
  /// "accuracy", "metrics", "samples"}`, and `"tables"` of metrics that have them.
  void evaluate_on(const storage::Manifest& manifest, bool on_validation,
                   std::function<void(const nlohmann::json&)> then);
  /// False when the job has failed of it.
  bool begin_evaluation(CheckpointId checkpoint, bool on_validation);
  /// Gives idle executors ranges, or ends it when all are answered and written.
  void continue_evaluation();
  void ask_range(Incarnation executor, std::size_t number);
  void range_answered(Incarnation executor, std::size_t number, const Evaluation& answer);
  void range_failed(Incarnation executor, std::size_t number, const Error& why);
  void write_predictions(std::uint64_t first, const Tensor& outputs);
  void close_predictions();
  void predictions_failed(const Error& why);
  void stop_predictions();
  void finish_evaluation();
  /// The executor is gone; its range goes to another one.
  void lose_evaluator(Incarnation executor);
  /// Nobody evaluates until it is asked for again; what was answered is kept.
  void forget_evaluation();
  void drop_evaluation();
  void tick_evaluation();

  // -- recovery.cpp ---------------------------------------------------------------------

  void link_lost(const caf::down_msg& message);
  void executor_failed(Incarnation executor, const std::string& reason);
  /// It is one of ours no more, and its process ends.
  JobExecutor end_executor(Incarnation executor);
  /// By its machine's daemon, if that is there.
  void kill_process(Incarnation incarnation, const std::string& node);
  void lose_workers(Incarnation executor);
  void settle_worker(WorkerId worker, Incarnation incarnation);
  void ask_to_settle(WorkerId worker, Incarnation incarnation);
  void settled(WorkerId worker, Incarnation incarnation, const std::vector<Fenced>& answers);
  /// Again on the next tick: a shard that was asked is gone, and that is about to be noticed.
  void settle_later(WorkerId worker, Incarnation incarnation);
  void settle_all_again();
  void settle_the_rest();
  void roll_back(const std::string& reason);
  void return_to_checkpoint();
  void reattached();

  // -- health.cpp ------------------------------------------------------------------------

  void check_leases();
  /// A worker that takes much longer than others do, and is waited for, loses its block.
  void replace_slow_worker();
  void worker_failed(const WorkerFailure& failure);
  /// The weights are good for nothing any more: back to the newest checkpoint that is.
  void diverged(const std::string& why);
  /// With fewer workers than the job wants at least, nobody gets new leases.
  void check_minimum();
  /// Ends the job when no machine is left; says whether.
  bool fail_without_machines();

  // -- drain.cpp --------------------------------------------------------------------------

  [[nodiscard]] bool draining(const std::string& node) const;
  [[nodiscard]] caf::result<bool> drain(const std::string& node);
  /// Moves everything off the machines that are to be left, one step after the other.
  void advance_drains();
  void leave(Incarnation executor);
  /// Its workers finish their blocks and end.
  void retire_workers(Incarnation executor, const std::vector<WorkerId>& ids);
  /// Where its share has become smaller, workers beyond it finish their blocks and end.
  void shrink();
  [[nodiscard]] std::vector<WorkerId> workers_in(Incarnation executor) const;
  /// Every primary there has a backup that can take over; sees to it where there is room.
  [[nodiscard]] bool can_move_shards(Incarnation executor);
  /// No machine is left to go to: a last checkpoint.
  void stand_still();
  void dismiss(Incarnation executor);
  void tell_drained();

  // -- replicas.cpp ----------------------------------------------------------------------

  [[nodiscard]] bool promoting() const;
  [[nodiscard]] bool replicated() const;
  /// Chooses machines for backups that are missing.
  void fill_backups();
  void place_backups(const std::map<ShardId, std::string>& places, Incarnation first);
  /// The executor learns which backups it holds, and their primaries fill them.
  void start_backups(Incarnation executor);
  /// The primary learns whom it replicates to.
  void replicate(ShardId id);
  void absorb_replicas(const WorkReport& report);
  void drop_backup(ShardId id, const std::string& why);
  void drop_backups(const std::vector<ShardId>& ids, const std::string& why);
  void lose_backups(Incarnation executor);
  /// Backups take over from the primaries of a lost executor; false if that cannot be.
  [[nodiscard]] bool promote_backups(Incarnation lost);
  void reserve_promotions();
  void ask_to_promote_once_durable(const std::vector<ShardId>& ids);
  void ask_to_promote(ShardId id);
  void promoted();
  void tell_moved(Incarnation executor, ShardId id);
  [[nodiscard]] ShardAssignment assignment(ShardId id, Incarnation incarnation) const;
  [[nodiscard]] ShardAddress address(ShardId id) const;

  // -- checkpoint.cpp --------------------------------------------------------------------

  [[nodiscard]] bool cut_due() const;
  void start_cut();
  void all_held();
  void all_snapshot();
  void written(const ChunksWritten& message);
  void commit_manifest();
  void checkpoint_made();
  void prune();
  /// Chunks of these checkpoints leave every store, but for those that are listed.
  void drop_chunks(CheckpointId newest, std::vector<CheckpointId> kept);
  void abort_cut(const std::string& reason);
  void resume_workers();

  // -- stored.cpp ------------------------------------------------------------------------

  /// Nobody takes the chunks of this cut: it is tried again in a while, and said once.
  void pause_cuts(const std::string& why);
  [[nodiscard]] bool cuts_rest() const;
  /// The cut is stored; says what has changed about where checkpoints are stored.
  void cut_stored();
  /// Why this checkpoint has to stay, or empty.
  [[nodiscard]] std::string needed(CheckpointId checkpoint) const;
  [[nodiscard]] caf::result<bool> drop_checkpoints(const std::vector<CheckpointId>& ids);
  /// The supervisor's disk refused, or takes writes again.
  void state_unwritten(const Error& why);
  void state_written();
  /// What is wrong at the moment, one line each.
  [[nodiscard]] std::vector<std::string> troubles() const;

  // -- record.cpp -------------------------------------------------------------------------

  void emit(nlohmann::json event);
  /// Makes everything said and done so far durable, then runs `then`.
  void flush(std::function<void()> then = {});
  void commit(JournalEntryPtr entry, CoresByNode used_then,
              std::vector<std::function<void()>> waiters);
  [[nodiscard]] nlohmann::json record() const;
  void restore_record(const nlohmann::json& record);
  [[nodiscard]] nlohmann::json status() const;
  [[nodiscard]] nlohmann::json outcome() const;
  /// `{"loss", "accuracy", "metrics"}` of the epoch so far.
  [[nodiscard]] nlohmann::json results(std::uint32_t epoch) const;
  /// From 0; the last one when all are done.
  [[nodiscard]] std::uint32_t current_epoch() const;
  void emit_progress();
  void emit_epochs();

  // -- small questions ----------------------------------------------------------------------

  [[nodiscard]] TimePoint now() const;
  [[nodiscard]] const ClusterNode* find_node(const std::string& name) const;
  [[nodiscard]] std::vector<NodePeer> alive_nodes() const;
  /// Who keeps the chunks of this executor's shards: its own machine, the supervisor's and those of
  /// the backups in sync; if that is one machine, any other one beside it.
  [[nodiscard]] std::vector<NodePeer> chunk_homes(Incarnation executor) const;
  /// Machines that can take work, their backoffs being over at `when`.
  [[nodiscard]] std::vector<NodeCapacity> capacities(TimePoint when) const;
  /// As many workers as there will be room for.
  [[nodiscard]] bool fully_staffed() const;
  [[nodiscard]] Placement placement() const;
  [[nodiscard]] std::vector<ShardRange> shard_ranges() const;
  [[nodiscard]] std::uint32_t shards_wanted() const;
  [[nodiscard]] std::uint32_t workers_needed() const;
  /// Which model of an ensemble a shard is of, a worker trains; 0 in every other job.
  [[nodiscard]] std::uint64_t member_of(const JobShard& shard) const {
    return shard.offset / facts.parameters;
  }
  [[nodiscard]] std::uint64_t member_of(WorkerId worker) const {
    return (worker.value - 1) % algorithm->members();
  }
  /// Floats of all members.
  [[nodiscard]] std::uint64_t all_parameters() const {
    return facts.parameters * algorithm->members();
  }
  [[nodiscard]] bool hosts_shards(Incarnation executor) const;
  [[nodiscard]] bool training() const {
    return phase == JobPhase::kRunning || phase == JobPhase::kEvaluating;
  }
  /// The same generation still trains: answers to its requests count.
  [[nodiscard]] bool training(Incarnation then) const { return training() && generation == then; }
  [[nodiscard]] std::vector<Incarnation> with_shards() const;
  [[nodiscard]] std::uint64_t duplicates() const;

  LocalJobActor::pointer self;
  JobConfig config;
  JobSpec spec;
  JobFacts facts;
  std::shared_ptr<const Algorithm> algorithm;
  Ledger ledger;
  JobMetrics metrics;
  JobProgress progress;
  Curve losses;
  std::deque<nlohmann::json> recoveries;  ///< its newest ones, with what each cost
  Pacing pacing;
  std::optional<Lbfgs> lbfgs;  ///< the coordinator of full batches; none without
  std::map<CheckpointId, nlohmann::json> lbfgs_at;
  /// What a checkpoint holds of workers, beside the weights (`checkpoint.worker_state`).
  std::map<CheckpointId, std::vector<MemoryPlace>> memories_at;
  std::vector<MemoryPlace> memories;  ///< for those who have not started since all went back
  CheckpointId memories_from;         ///< where they are
  bool program_sent = false;
  std::map<std::uint64_t, WorkerId> backups;  ///< who repeats a block that is leased already
  EpochEnds epoch_ends;
  RestartPolicy policy;
  Deadlines deadlines;
  std::vector<storage::Manifest> manifests;  ///< newest first

  JobPhase phase = JobPhase::kWaiting;
  std::string state = "queued";   ///< as people see it
  std::string reason;             ///< why it is paused or failed
  bool record_is_new = true;      ///< of no earlier life
  std::string supervisor_before;  ///< the machine of its earlier life
  JobShare granted;
  ClusterNodes nodes =
      std::make_shared<const std::vector<ClusterNode>>();  ///< as this job sees them
  JobUse used;                                             ///< as told last
  CoresByNode durable_use;
  Incarnation generation;
  std::map<Incarnation, JobExecutor> executors;
  std::map<ShardId, JobShard> shards;
  std::map<WorkerId, JobWorker> workers;
  std::optional<JobCut> cut;
  std::uint32_t busy = 0;  ///< settlements and starts under way: no cut meanwhile
  bool reserving = false;  ///< incarnations have been asked for
  bool final_cut_done = false;
  std::uint64_t epochs_in_checkpoint = 0;   ///< complete in the newest one
  bool deciding = false;                    ///< an epoch's end is being evaluated
  std::optional<JobEvaluation> evaluation;  ///< the one under way
  std::uint64_t evaluations = 0;            ///< begun in this life
  std::optional<CheckpointId> final_checkpoint;
  bool output_asked = false;
  EvaluatorActor files;  ///< null until a file is to be written
  std::vector<JobFile> unwritten;
  std::optional<Round> round;
  std::uint64_t last_round = 0;
  bool closing_sent = false;
  std::string first_cause;
  std::uint32_t barren_starts = 0;  ///< of workers that failed at once, since the last done block
  std::uint32_t divergences = 0;
  bool stepped = false;  ///< a block was done in this generation
  std::set<Incarnation> stopping;
  std::set<std::pair<WorkerId, Incarnation>> unsettled;     ///< lost workers, durable until settled
  std::vector<std::pair<WorkerId, Incarnation>> to_settle;  ///< those to be asked for again
  std::uint64_t settlements = 0;  ///< answers to what was asked before the newest do not count
  std::set<Incarnation> lost_with_shards;  ///< their workers are settled after the promotion
  std::set<ShardId> moved;                 ///< since the promotion began
  bool promotion_busy = false;             ///< its share of `busy`
  bool replicas_told = false;

  std::uint64_t next_checkpoint = 1;
  std::uint64_t updates_lost = 0;        ///< acknowledged ones, by going back to a checkpoint
  std::uint64_t updates_taken_back = 0;  ///< of lost workers, never acknowledged by all shards
  std::uint64_t duplicates_before = 0;   ///< of executors that are gone
  std::uint32_t restarts = 0;
  std::uint32_t epochs_told = 0;
  nlohmann::json test_result;
  std::int64_t submitted_ms = 0;
  std::int64_t started_ms = 0;
  std::int64_t ended_ms = 0;
  std::int64_t checkpoint_ms = 0;
  TimePoint last_checkpoint;
  TimePoint born = now();  ///< in this life
  TimePoint last_progress;
  TimePoint last_tick;
  TimePoint reattach_until;
  TimePoint recovery_since;
  TimePoint restoring_since;
  std::optional<nlohmann::json> recovery;  ///< told once everything is up again

  std::uint64_t next_event = 0;
  bool last_event_told = false;  ///< clients read the end from it: no other one may follow
  std::vector<std::pair<std::uint64_t, std::string>> new_events;
  bool record_changed = false;
  bool ledger_changed = false;
  bool flushing = false;
  std::vector<std::function<void()>> after_flush;
  std::function<void()> retry;  ///< of a commit that failed
  std::string unwritten_why;    ///< of the commit that is tried again; empty: none
  TimePoint unwritten_since;
  std::string cuts_paused;  ///< why no checkpoint is made; empty: they are
  TimePoint cuts_rest_until;
  std::map<std::string, std::string> homes_lacking;  ///< machines that take no chunks, and why
  bool promotion_refused = false;                    ///< no incarnations for it; asked for again
  storage::StateBatch extra;                         ///< manifest changes
  std::vector<caf::typed_response_promise<bool>> cancelled;
  std::multimap<std::string, caf::typed_response_promise<bool>> drained;  ///< by machine
};

}  // namespace dk
