// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/error.hpp"
#include "actors/job/job_state.hpp"
#include "base/check.hpp"
#include "base/wall_time.hpp"

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace dk {
namespace {

/// In the status.
constexpr std::size_t kCurvePoints = 60;
constexpr std::size_t kRecoveriesShown = 10;

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

nlohmann::json facts_to_json(const JobFacts& facts) {
  return nlohmann::json::array({facts.samples, facts.parameters, facts.layout_hash, facts.metrics,
                                facts.trainable, facts.test_samples, facts.validation_samples,
                                facts.outputs});
}

}  // namespace

// -- events -------------------------------------------------------------------------

void JobState::emit(nlohmann::json event) {
  if (last_event_told) return spdlog::warn("job {}, after its end: {}", config.job, event.dump());
  event["job"] = config.job.value;
  event["time"] = iso_time(wall_ms());
  if (event.at("event") == "recovery") {
    recoveries.push_back(event);
    if (recoveries.size() > kRecoveriesShown) recoveries.pop_front();
  }
  new_events.emplace_back(next_event++, event.dump());
  record_changed = true;
}

nlohmann::json JobState::results(std::uint32_t epoch) const {
  if (epoch >= spec.epochs) return {{"loss", nullptr}, {"accuracy", nullptr}, {"metrics", nullptr}};
  const auto values = metrics.values(progress.metrics(epoch));
  return {{"loss", progress.loss(epoch)},
          {"accuracy", JobMetrics::accuracy(values)},
          {"metrics", values}};
}

std::uint32_t JobState::current_epoch() const {
  const auto last = std::max<std::uint32_t>(spec.epochs, 1) - 1;
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(ledger.samples_done() / facts.samples, last));
}

void JobState::emit_progress() {
  last_progress = now();
  if (spec.epochs == 0) return;
  const auto total = facts.samples * spec.epochs;
  const auto done = ledger.samples_done();
  const auto epoch = current_epoch();
  const double rate = progress.samples_per_second(now());
  nlohmann::json eta = nullptr;
  if (rate > 0) eta = static_cast<double>(total - done) / rate;
  nlohmann::json event{{"event", "progress"},
                       {"epoch", epoch + 1},
                       {"epochs", spec.epochs},
                       {"samples_done", done},
                       {"samples_total", total},
                       {"samples_per_second", rate},
                       {"eta_seconds", eta},
                       {"workers", std::ranges::count_if(workers, [](const auto& entry) {
                          return entry.second.started;
                        })}};
  event.update(results(epoch));
  if (const auto& loss = event.at("loss"); loss.is_number()) losses.add(loss.get<double>());
  emit(std::move(event));
  flush();
}

void JobState::emit_epochs() {
  while (epochs_told < spec.epochs && ledger.epoch_complete(epochs_told)) {
    const auto account = ledger.account(epochs_told);
    nlohmann::json event{{"event", "epoch"},
                         {"epoch", epochs_told + 1},
                         {"visited", account.visited},
                         {"repeated", account.repeated},
                         {"missed", account.missed},
                         {"seconds", static_cast<double>(wall_ms() - started_ms) / 1000}};
    event.update(results(epochs_told));
    emit(std::move(event));
    ++epochs_told;
  }
}

// -- durability -----------------------------------------------------------------------

void JobState::flush(std::function<void()> then) {
  if (then) after_flush.push_back(std::move(then));
  if (flushing) return;
  const bool anything = record_changed || ledger_changed || !new_events.empty() || !extra.empty();
  if (!anything) {
    for (auto& waiter : std::exchange(after_flush, {})) waiter();
    return;
  }
  auto entry = std::make_shared<JournalEntry>();
  entry->batch = std::exchange(extra, {});
  for (const auto& [number, line] : new_events) entry->batch.append_event(config.job, number, line);
  if (record_changed) entry->batch.put_job(config.job, bytes_of(record().dump()));
  if (ledger_changed) entry->batch.put_ledger(config.job, ledger.encode());
  entry->job = config.job;
  entry->events = {next_event, phase == JobPhase::kEnded};
  new_events.clear();
  record_changed = false;
  ledger_changed = false;
  flushing = true;
  commit(std::move(entry), cores_used(), std::exchange(after_flush, {}));
}

void JobState::commit(JournalEntryPtr entry, CoresByNode used_then,
                      std::vector<std::function<void()>> waiters) {
  self->request(config.journal, caf::infinite, put_atom_v, entry)
      .then(
          [this, used_then, waiters](bool) {
            flushing = false;
            durable_use = used_then;
            tell_use();
            state_written();
            for (const auto& waiter : waiters) waiter();
            flush();
          },
          [this, entry, used_then, waiters](const caf::error& why) {
            // Nothing is acknowledged that is not durable: whoever waits, waits until the disk has
            // room again.
            state_unwritten(from_caf(why));
            retry = [this, entry, used_then, waiters] { commit(entry, used_then, waiters); };
            self->delayed_send(self, defaults::kPlacementRetry, sync_atom_v);
          });
}

// -- the record -------------------------------------------------------------------------

nlohmann::json JobState::record() const {
  nlohmann::json json{
      {"format", kJobRecordFormat},
      {"id", config.job.value},
      {"name", spec.name},
      {"spec", to_json(spec)},
      {"facts", facts_to_json(facts)},
      {"state", state},
      {"reason", reason},
      {"live", phase == JobPhase::kRunning || phase == JobPhase::kEvaluating ||
                   phase == JobPhase::kReattaching},
      {"generation", generation.value},
      {"submitted", iso_time(submitted_ms)},
      {"submitted_ms", submitted_ms},
      {"started_ms", started_ms},
      {"ended_ms", ended_ms},
      {"next_checkpoint", next_checkpoint},
      {"next_event", next_event},
      {"supervisor", config.supervisor},
      {"restarts", restarts},
      {"divergences", divergences},
      {"updates_lost", updates_lost},
      {"updates_taken_back", updates_taken_back},
      {"duplicates", duplicates()},
      {"epochs_told", epochs_told},
      {"final_cut_done", final_cut_done},
      {"progress", progress.to_json()},
      {"losses", losses.to_json()},
      {"recoveries", recoveries},
      {"test", test_result},
      {"pacing", pacing.to_json()},
      {"last_round", last_round},
      {"round", round ? round->to_json() : nlohmann::json()},
      {"epoch_ends", epoch_ends.to_json()},
      {"final_checkpoint",
       final_checkpoint ? nlohmann::json(final_checkpoint->value) : nlohmann::json()}};
  if (lbfgs) {
    json["lbfgs"] = lbfgs->to_json();
    auto& states = json["lbfgs_at"] = nlohmann::json::array();
    for (const auto& [checkpoint, then] : lbfgs_at)
      states.push_back(nlohmann::json::array({checkpoint.value, then}));
  }
  if (!memories_at.empty()) json["memories"] = memories_to_json();
  auto& executor_list = json["executors"] = nlohmann::json::array();
  for (const auto& [id, executor] : executors)
    executor_list.push_back({id.value, executor.node, executor.pid});
  auto& file_list = json["unwritten"] = nlohmann::json::array();
  for (const auto& file : unwritten)
    file_list.push_back(
        nlohmann::json::array({file.checkpoint.value, file.path, file.weights_only}));
  auto& shard_list = json["shards"] = nlohmann::json::array();
  for (const auto& [id, shard] : shards) {
    auto entry = nlohmann::json::array({id.value, shard.incarnation.value, shard.executor.value,
                                        shard.offset, shard.count, shard.promoted_from.value,
                                        shard.promotion_reserved});
    if (const auto& backup = shard.backup)
      entry.insert(entry.end(),
                   {backup->incarnation.value, backup->executor.value, backup->in_sync});
    shard_list.push_back(std::move(entry));
  }
  auto& unsettled_list = json["unsettled"] = nlohmann::json::array();
  for (const auto& [id, incarnation] : unsettled)
    unsettled_list.push_back(nlohmann::json::array({id.value, incarnation.value}));
  auto& worker_list = json["workers"] = nlohmann::json::array();
  for (const auto& [id, worker] : workers) {
    worker_list.push_back({id.value, worker.incarnation.value, worker.executor.value});
  }
  if (phase == JobPhase::kEnded) json["outcome"] = status();
  return json;
}

void JobState::restore_record(const nlohmann::json& json) {
  state = json.at("state").get<std::string>();
  submitted_ms = json.at("submitted_ms").get<std::int64_t>();
  next_event = json.at("next_event").get<std::uint64_t>();
  if (!json.contains("generation")) return;
  record_is_new = false;
  supervisor_before = json.value("supervisor", config.supervisor);
  started_ms = json.at("started_ms").get<std::int64_t>();
  next_checkpoint = json.at("next_checkpoint").get<std::uint64_t>();
  restarts = json.at("restarts").get<std::uint32_t>();
  divergences = json.at("divergences").get<std::uint32_t>();
  updates_lost = json.at("updates_lost").get<std::uint64_t>();
  updates_taken_back = json.value("updates_taken_back", std::uint64_t{0});
  duplicates_before = json.at("duplicates").get<std::uint64_t>();
  epochs_told = json.at("epochs_told").get<std::uint32_t>();
  final_cut_done = json.at("final_cut_done").get<bool>();
  progress.restore(json.at("progress"));
  losses.restore(json.value("losses", nlohmann::json()));
  recoveries = json.value("recoveries", recoveries);
  test_result = json.at("test");
  for (const auto& entry : json.at("unwritten")) {
    unwritten.push_back({CheckpointId(entry.at(0).get<std::uint64_t>()),
                         entry.at(1).get<std::string>(), entry.at(2).get<bool>()});
  }
  last_round = json.at("last_round").get<std::uint64_t>();
  if (const auto& id = json.at("final_checkpoint"); !id.is_null())
    final_checkpoint = CheckpointId(id.get<std::uint64_t>());
  auto restored = epoch_ends.restore(json.at("epoch_ends"));
  DK_CHECK(restored, "a job's record holds what became of its epochs");
  if (lbfgs) {
    restored = lbfgs->restore(json.at("lbfgs"));
    DK_CHECK(restored, "a job's record holds its coordinator");
    for (const auto& entry : json.at("lbfgs_at"))
      lbfgs_at[CheckpointId(entry.at(0).get<std::uint64_t>())] = entry.at(1);
  }
  if (json.contains("memories")) restore_memories(json.at("memories"));
  restored = pacing.restore(json.at("pacing"));
  DK_CHECK(restored, "a job's record holds its pacing");
  generation = Incarnation(json.at("generation").get<std::uint64_t>());
  if (!json.at("live").get<bool>()) return;
  phase = JobPhase::kReattaching;
  if (const auto& open = json.at("round"); !open.is_null()) {
    auto read = Round::from_json(open);
    DK_CHECK(read, "a job's record holds its round");
    round = std::move(*read);
  }
  for (const auto& entry : json.at("executors")) {
    auto& executor = executors[Incarnation(entry.at(0).get<std::uint64_t>())];
    executor.node = entry.at(1).get<std::string>();
    executor.pid = entry.at(2).get<std::uint32_t>();
  }
  for (const auto& entry : json.at("shards")) {
    const auto incarnation = [&](std::size_t at) {
      return Incarnation(entry.at(at).get<std::uint64_t>());
    };
    auto& shard = shards[ShardId(entry.at(0).get<std::uint32_t>())];
    shard = {incarnation(1), incarnation(2), entry.at(3).get<std::uint64_t>(),
             entry.at(4).get<std::uint64_t>()};
    shard.promoted_from = incarnation(5);
    shard.promotion_reserved = entry.at(6).get<bool>();
    shard.up = !shard.promoted_from;
    if (entry.size() > 7) shard.backup = {incarnation(7), incarnation(8), entry.at(9).get<bool>()};
  }
  for (const auto& entry : json.at("unsettled")) {
    unsettled.emplace(WorkerId(entry.at(0).get<std::uint32_t>()),
                      Incarnation(entry.at(1).get<std::uint64_t>()));
  }
  for (const auto& entry : json.at("workers")) {
    workers[WorkerId(entry.at(0).get<std::uint32_t>())] = {
        Incarnation(entry.at(1).get<std::uint64_t>()),
        Incarnation(entry.at(2).get<std::uint64_t>()), false, 0};
  }
}

std::string new_job_record(JobId job, const JobSpec& spec, const JobFacts& facts) {
  const auto submitted = wall_ms();
  const nlohmann::json json{{"format", kJobRecordFormat},
                            {"id", job.value},
                            {"name", spec.name},
                            {"spec", to_json(spec)},
                            {"facts", facts_to_json(facts)},
                            {"state", "queued"},
                            {"reason", ""},
                            {"submitted", iso_time(submitted)},
                            {"submitted_ms", submitted},
                            {"next_event", 1 + facts.notes.size()}};
  return json.dump();
}

// -- for people -----------------------------------------------------------------------------

nlohmann::json JobState::outcome() const {
  const double seconds =
      started_ms == 0
          ? 0
          : static_cast<double>((ended_ms == 0 ? wall_ms() : ended_ms) - started_ms) / 1000;
  nlohmann::json json{
      {"event", state},
      {"job", config.job.value},
      {"seconds", seconds},
      {"samples_per_second", seconds > 0 ? static_cast<double>(progress.samples()) / seconds : 0.0},
      {"train", spec.epochs == 0 ? nlohmann::json() : results(current_epoch())},
      {"test", test_result},
      {"history", epoch_ends.history()},
      {"restarts", restarts},
      {"updates",
       {{"applied", ledger.blocks_done()},
        {"duplicates_dropped", duplicates()},
        {"taken_back", updates_taken_back},
        {"lost", updates_lost}}}};
  auto& accounts = json["account"] = nlohmann::json::array();
  for (std::uint32_t epoch = 0; epoch < spec.epochs; ++epoch) {
    const auto account = ledger.account(epoch);
    accounts.push_back({{"epoch", epoch + 1},
                        {"visited", account.visited},
                        {"repeated", account.repeated},
                        {"missed", account.missed}});
  }
  if (state == "failed") json["reason"] = reason;
  if (!stopped().empty()) json["stopped"] = stopped();
  return json;
}

nlohmann::json JobState::status() const {
  auto json = outcome();
  json.erase("event");
  const auto total = facts.samples * spec.epochs;
  const auto done = ledger.samples_done();
  const double rate = progress.samples_per_second(now());
  const auto epoch = current_epoch();
  json["id"] = config.job.value;
  json["name"] = spec.name;
  json["priority"] = spec.priority;
  json["state"] = state;
  if (!reason.empty()) json["reason"] = reason;
  json["submitted"] = iso_time(submitted_ms);
  json["epoch"] = spec.epochs == 0 ? 0 : epoch + 1;
  json["epochs"] = spec.epochs;
  json["samples_done"] = done;
  json["samples_total"] = total;
  json.update(results(epoch));
  if (phase != JobPhase::kEnded) json["samples_per_second"] = rate;
  json["eta_seconds"] = nullptr;
  if (rate > 0 && phase != JobPhase::kEnded)
    json["eta_seconds"] = static_cast<double>(total - done) / rate;
  if (const auto lines = troubles(); !lines.empty()) json["warnings"] = lines;
  json["loss_curve"] = losses.points(kCurvePoints);
  json["recoveries"] = recoveries;
  json["checkpoint"] = nullptr;
  if (!manifests.empty()) {
    json["checkpoint"] = {
        {"id", manifests.front().checkpoint.value},
        {"age_seconds",
         static_cast<double>(wall_ms() - static_cast<std::int64_t>(manifests.front().created_ms)) /
             1000}};
  }
  auto& list = json["executors"] = nlohmann::json::array();
  for (const auto& [incarnation, executor] : executors) {
    auto worker_ids = nlohmann::json::array();
    auto shard_ids = nlohmann::json::array();
    auto backup_ids = nlohmann::json::array();
    for (const auto& [id, worker] : workers) {
      if (worker.executor == incarnation) worker_ids.push_back(id.value);
    }
    for (const auto& [id, shard] : shards) {
      if (shard.executor == incarnation) shard_ids.push_back(id.value);
      if (shard.backup && shard.backup->in_sync && shard.backup->executor == incarnation)
        backup_ids.push_back(id.value);
    }
    list.push_back({{"node", executor.node},
                    {"pid", executor.pid},
                    {"incarnation", incarnation.value},
                    {"workers", worker_ids},
                    {"shards", shard_ids},
                    {"backups", backup_ids}});
  }
  const auto node_of = [this](Incarnation executor) -> nlohmann::json {
    const auto found = executors.find(executor);
    if (found == executors.end()) return nullptr;
    return found->second.node;
  };
  auto& workers_now = json["workers"] = nlohmann::json::array();
  for (const auto& [id, worker] : workers) {
    workers_now.push_back({{"worker", id.value},
                           {"node", node_of(worker.executor)},
                           {"samples_per_second", worker.pace.samples_per_second()},
                           {"staleness", worker.pace.staleness()}});
  }
  auto& shards_now = json["shards"] = nlohmann::json::array();
  for (const auto& [id, shard] : shards) {
    const bool has_backup = shard.backup && shard.backup->in_sync;
    shards_now.push_back(
        {{"shard", id.value},
         {"node", node_of(shard.executor)},
         {"incarnation", shard.incarnation.value},
         {"backup", has_backup ? node_of(shard.backup->executor) : nlohmann::json()}});
  }
  return json;
}

}  // namespace dk
