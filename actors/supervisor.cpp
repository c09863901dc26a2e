// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/supervisor.hpp"

#include "actors/defaults.hpp"
#include "actors/error.hpp"
#include "actors/logic/memory_watch.hpp"
#include "base/wall_time.hpp"

#include <caf/all.hpp>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace dk {
namespace {

bool ended(const std::string& state) {
  return state == "finished" || state == "failed" || state == "cancelled";
}

/// What the store knows the machines by that are not to be used.
constexpr auto kDrained = "nodes/drained";
constexpr double kDayMs = 24.0 * 3600 * 1000;

const char* state_of(const ClusterNode& node) {
  if (!node.alive) return "lost";
  if (node.drained) return "drained";
  return node.draining ? "draining" : "alive";
}

/// What a job leaves that does not run.
JournalEntryPtr end_of(const StoredJob& job, const std::string& state, const std::string& reason) {
  auto record = nlohmann::json::parse(job.record);
  const auto next = record.at("next_event").get<std::uint64_t>();
  nlohmann::json event{{"event", state}, {"job", job.job.value}, {"time", iso_time(wall_ms())}};
  if (!reason.empty()) record["reason"] = event["reason"] = reason;
  record["state"] = state;
  record["next_event"] = next + 1;
  record["outcome"] = event;
  const auto text = record.dump();
  auto entry = std::make_shared<JournalEntry>();
  entry->batch.put_job(job.job, std::as_bytes(std::span(text)));
  entry->batch.append_event(job.job, next, event.dump());
  entry->job = job.job;
  entry->events = {next + 1, true};
  return entry;
}

struct SupervisorState {
  LeadingSupervisorActor::pointer self = nullptr;
  SupervisorConfig config;
  std::vector<ClusterNode> nodes;
  std::set<JobId> resuming;  ///< that is about to be durable
  ClusterNodes told = std::make_shared<const std::vector<ClusterNode>>();  ///< the same, for jobs
  JobQueue queue{[this](StoredJob job) { return start(std::move(job)); },
                 [this](const LocalJobActor& job, JobShare share) {
                   self->send(job, put_atom_v, std::move(share));
                 }};

  [[nodiscard]] caf::result<Joined> join(const NodeInfo& info);
  void joined(const NodeInfo& info, Incarnation incarnation);
  void news_of(const NodeInfo& info);
  void down(const caf::down_msg& message);
  void tell_nodes();
  void end_foreign_jobs();
  void tell(const Supervisors& supervisors);
  /// Tells the jobs that run, and `then` once nothing of them is there any more.
  void empty(const std::string& node, std::function<void()> then);
  [[nodiscard]] caf::result<bool> leave(const std::string& node);
  [[nodiscard]] caf::result<bool> drain(const std::string& node, bool on);
  [[nodiscard]] LocalJobActor start(StoredJob job);
  [[nodiscard]] Result<void> check_memory(const SubmittedJob& job) const;
  [[nodiscard]] caf::result<JobId> submit(const SubmittedJobPtr& job);
  [[nodiscard]] caf::result<std::string> status(JobId job);
  [[nodiscard]] caf::result<bool> cancel(JobId job);
  [[nodiscard]] caf::result<bool> resume(const StoredJobPtr& job);
  [[nodiscard]] caf::result<bool> forget(const StoredJobPtr& job);
  [[nodiscard]] caf::result<bool> drop_checkpoints(JobId job, const std::vector<CheckpointId>& ids);
  [[nodiscard]] caf::result<std::string> list_nodes();
  [[nodiscard]] nlohmann::json nodes_json() const;
  [[nodiscard]] std::vector<ClusterNode>::iterator find(const std::string& name) {
    return std::ranges::find_if(nodes, [&](const auto& node) { return node.info.name == name; });
  }
};

caf::result<Joined> SupervisorState::join(const NodeInfo& info) {
  if (const auto fits = check_protocol("node " + info.name, info.protocol); !fits)
    return to_caf(fits.error());
  if (!info.agent.handle) return to_caf({Errc::kInvalid, "a node joined without its handle"});
  if (!info.cluster.empty() && info.cluster != config.cluster) {
    return to_caf(
        {Errc::kInvalid, fmt::format("the data of node {} belong to cluster {}, this is cluster {}",
                                     info.name, info.cluster, config.cluster)});
  }
  const auto same = find(info.name);
  const auto address = [](const NodeInfo& node) {
    return std::pair(node.agent.host, node.agent.port);
  };
  if (same != nodes.end() && same->alive && address(same->info) != address(info)) {
    // Its last life may not have been noticed as dead yet; if it is another machine, it will hear
    // this for ever.
    return to_caf(
        {Errc::kUnavailable, fmt::format("a node named {} is in the cluster already, at {}:{}",
                                         info.name, same->info.agent.host, same->info.agent.port)});
  }
  auto promise = self->make_response_promise<Joined>();
  self->request(config.journal, defaults::kControlTimeout, get_atom_v, std::uint64_t{1})
      .then(
          [this, info, promise](Incarnation incarnation) mutable {
            joined(info, incarnation);
            promise.deliver(Joined{config.cluster, incarnation,
                                   caf::actor_cast<caf::strong_actor_ptr>(self),
                                   config.supervisors});
          },
          [promise](const caf::error& why) mutable { promise.deliver(why); });
  return promise;
}

void SupervisorState::joined(const NodeInfo& info, Incarnation incarnation) {
  std::erase_if(nodes, [&](const auto& node) { return node.info.name == info.name; });
  nodes.push_back(
      {info, incarnation, true, info.name == config.own_node, config.drained.contains(info.name)});
  std::ranges::sort(nodes, {}, [](const auto& node) { return node.info.name; });
  self->monitor(info.agent.handle);
  spdlog::info("node {} joined with {} cores", info.name, info.cores);
  tell_nodes();
}

void SupervisorState::news_of(const NodeInfo& info) {
  const auto node = find(info.name);
  if (node != nodes.end() && node->info.agent.handle == info.agent.handle)
    node->info.certificate_ends = info.certificate_ends;
}

void SupervisorState::down(const caf::down_msg& message) {
  if (queue.ended(message.source)) return queue.advance(told);
  for (auto& node : nodes) {
    if (!node.alive || !node.info.agent.handle ||
        message.source != node.info.agent.handle->address())
      continue;
    node.alive = false;
    spdlog::warn("node {} is lost", node.info.name);
    return tell_nodes();
  }
}

void SupervisorState::tell_nodes() {
  told = std::make_shared<const std::vector<ClusterNode>>(nodes);
  queue.advance(told);
}

void SupervisorState::empty(const std::string& name, std::function<void()> then) {
  const auto node = find(name);
  node->draining = true;
  tell_nodes();
  const auto jobs = queue.running();
  auto left = std::make_shared<std::size_t>(jobs.size());
  auto done = [this, name, then = std::move(then)] {
    if (const auto emptied = find(name); emptied != nodes.end())
      emptied->drained = emptied->draining;
    then();
  };
  if (jobs.empty()) return done();
  for (const auto& job : jobs) {
    const auto one_done = [done, left] {
      if (--*left == 0) done();
    };
    self->request(job, caf::infinite, drain_atom_v, name)
        .then([one_done](bool) { one_done(); },
              // The job has ended.
              [one_done](const caf::error&) { one_done(); });
  }
}

caf::result<bool> SupervisorState::leave(const std::string& name) {
  if (find(name) == nodes.end())
    return to_caf({Errc::kNotFound, fmt::format("there is no node {}", name)});
  spdlog::info("node {} is leaving", name);
  auto promise = self->make_response_promise<bool>();
  empty(name, [promise]() mutable { promise.deliver(true); });
  return promise;
}

caf::result<bool> SupervisorState::drain(const std::string& name, bool on) {
  const auto node = find(name);
  if (node == nodes.end())
    return to_caf({Errc::kNotFound, fmt::format("there is no node {}", name)});
  if (on) {
    config.drained.insert(name);
  } else {
    config.drained.erase(name);
    node->draining = node->drained = false;
    tell_nodes();
  }
  const auto list = nlohmann::json(config.drained).dump();
  auto entry = std::make_shared<JournalEntry>();
  entry->batch.put_value(kDrained, std::as_bytes(std::span(list)));
  auto promise = self->make_response_promise<bool>();
  self->request(config.journal, caf::infinite, put_atom_v, JournalEntryPtr(std::move(entry)))
      .then(
          [this, name, on, promise](bool) mutable {
            if (on && config.drained.contains(name) && find(name) != nodes.end())
              empty(name, [] {});
            promise.deliver(true);
          },
          [this, name, on, promise](const caf::error& why) mutable {
            // What is refused is not done, unless another order came meanwhile.
            if (config.drained.contains(name) == on) {
              if (on) {
                config.drained.erase(name);
              } else {
                config.drained.insert(name);
              }
            }
            promise.deliver(why);
          });
  return promise;
}

void SupervisorState::tell(const Supervisors& supervisors) {
  config.supervisors = supervisors;
  for (const auto& node : nodes) {
    if (node.alive)
      self->send(caf::actor_cast<NodeAgentActor>(node.info.agent.handle), put_atom_v, supervisors);
  }
  for (const auto& job : queue.running()) self->send(job, put_atom_v, supervisors);
}

LocalJobActor SupervisorState::start(StoredJob job) {
  auto actor = self->spawn(
      job_actor, JobConfig{job.job, config.journal, self, std::move(job.record),
                           std::move(job.ledger), std::move(job.manifests),
                           std::move(job.refused_manifests), config.own_node, config.supervisors});
  self->monitor(actor);
  return actor;
}

Result<void> SupervisorState::check_memory(const SubmittedJob& job) const {
  const NodeInfo* largest = nullptr;
  for (const auto& node : nodes) {
    if (!node.alive || !std::ranges::includes(node.info.labels, job.spec.nodes)) continue;
    // Nobody counts its memory.
    if (node.info.memory_bytes == 0) return {};
    if (largest == nullptr || node.info.memory_bytes > largest->memory_bytes) largest = &node.info;
  }
  const auto needed = job.facts.worker_bytes;
  if (largest == nullptr || needed <= largest->memory_bytes) return {};
  return fail(
      Errc::kInvalid,
      "the model does not fit: a worker needs at least {} (weights, gradients, optimizer and "
      "the memory of a step), and no node{} has more than the {} of {}: {} too little; "
      "allowed: a smaller model or training.batch_size, or a node with a larger "
      "limits.memory",
      bytes_text(needed), job.spec.nodes.empty() ? "" : " with its labels",
      bytes_text(largest->memory_bytes), largest->name, bytes_text(needed - largest->memory_bytes));
}

caf::result<JobId> SupervisorState::submit(const SubmittedJobPtr& job) {
  if (const auto fits = check_memory(*job); !fits) return to_caf(fits.error());
  auto promise = self->make_response_promise<JobId>();
  self->request(config.journal, defaults::kControlTimeout, get_atom_v)
      .then(
          [this, job, promise](JobId id) mutable {
            auto entry = std::make_shared<JournalEntry>();
            auto record = new_job_record(id, job->spec, job->facts);
            const auto json = nlohmann::json::parse(record);
            entry->batch.put_job(id, std::as_bytes(std::span(record)));
            if (!job->submitter.empty())
              entry->batch.put_value(submitter_key(id), std::as_bytes(std::span(job->submitter)));
            if (!job->request.empty())
              entry->batch.put_value(request_key(id), std::as_bytes(std::span(job->request)));
            const nlohmann::json event{{"event", "submitted"},
                                       {"job", id.value},
                                       {"name", job->spec.name},
                                       {"time", json.at("submitted")}};
            entry->batch.append_event(id, 0, event.dump());
            std::uint64_t next = 1;
            for (const auto& note : job->facts.notes) {
              const nlohmann::json warning{{"event", "warning"},
                                           {"job", id.value},
                                           {"message", note},
                                           {"time", json.at("submitted")}};
              entry->batch.append_event(id, next++, warning.dump());
            }
            entry->job = id;
            entry->events = {next, false};
            self->request(config.journal, caf::infinite, put_atom_v,
                          JournalEntryPtr(std::move(entry)))
                .then(
                    [this, id, record, job, promise](bool) mutable {
                      queue.add({id, std::move(record), {}, {}, {}, job->submitter});
                      promise.deliver(id);
                      queue.advance(told);
                    },
                    [promise](const caf::error& why) mutable { promise.deliver(why); });
          },
          [promise](const caf::error& why) mutable { promise.deliver(why); });
  return promise;
}

caf::result<std::string> SupervisorState::status(JobId job) {
  if (const auto actor = queue.running(job)) return self->delegate(actor, get_atom_v);
  const auto* waiting = queue.waiting(job);
  if (waiting == nullptr)
    return to_caf({Errc::kNotFound, fmt::format("job {} does not run", job.value)});
  const auto record = nlohmann::json::parse(waiting->record);
  const nlohmann::json status{{"id", job.value},
                              {"name", record.at("name")},
                              {"state", record.at("state")},
                              {"priority", record.at("spec").value("priority", 50U)},
                              {"reason", queue.waits_for(job)},
                              {"submitted", record.at("submitted")}};
  return status.dump();
}

caf::result<bool> SupervisorState::cancel(JobId job) {
  if (const auto actor = queue.running(job)) return self->delegate(actor, stop_atom_v);
  const auto* waiting = queue.waiting(job);
  if (waiting == nullptr)
    return to_caf({Errc::kNotFound, fmt::format("job {} does not run", job.value)});
  auto entry = end_of(*waiting, "cancelled", "");
  queue.erase(job);
  queue.advance(told);
  return self->delegate(config.journal, put_atom_v, JournalEntryPtr(std::move(entry)));
}

caf::result<bool> SupervisorState::resume(const StoredJobPtr& job) {
  auto record = nlohmann::json::parse(job->record);
  const auto state_then = record.at("state").get<std::string>();
  if (queue.running(job->job) || queue.waiting(job->job) != nullptr || !ended(state_then))
    return to_caf({Errc::kInvalid, fmt::format("job {} has not ended", job->job)});
  if (state_then == "finished")
    return to_caf({Errc::kInvalid, fmt::format("job {} has finished: there is nothing left of it "
                                               "to do; rerun begins it anew",
                                               job->job)});
  if (record.value("format", 0U) != kJobRecordFormat)
    return to_caf({Errc::kInvalid, fmt::format("job {} was left by another version of dk-node; "
                                               "rerun begins it anew",
                                               job->job)});
  if (!resuming.insert(job->job).second)
    return to_caf({Errc::kInvalid, fmt::format("job {} is being resumed already", job->job)});
  const auto next = record.at("next_event").get<std::uint64_t>();
  for (const auto* gone : {"outcome", "ended_ms"}) record.erase(gone);
  record.update({{"state", "queued"},
                 {"reason", ""},
                 {"live", false},
                 {"ended_ms", 0},
                 {"divergences", 0},
                 {"final_checkpoint", nullptr},
                 {"next_event", next + 1}});
  auto resumed = std::make_shared<StoredJob>(*job);
  resumed->record = record.dump();
  const nlohmann::json event{{"event", "queued"},
                             {"job", job->job.value},
                             {"was", state_then},
                             {"time", iso_time(wall_ms())}};
  auto entry = std::make_shared<JournalEntry>();
  entry->batch.put_job(job->job, std::as_bytes(std::span(resumed->record)));
  entry->batch.append_event(job->job, next, event.dump());
  entry->job = job->job;
  entry->events = {next + 1, false};
  auto promise = self->make_response_promise<bool>();
  self->request(config.journal, caf::infinite, put_atom_v, JournalEntryPtr(std::move(entry)))
      .then(
          [this, resumed, promise](bool) mutable {
            resuming.erase(resumed->job);
            queue.add(*resumed);
            promise.deliver(true);
            queue.advance(told);
          },
          [this, id = job->job, promise](const caf::error& why) mutable {
            resuming.erase(id);
            promise.deliver(why);
          });
  return promise;
}

/// A job that a supervisor of another version has left half done fails with that reason.
void SupervisorState::end_foreign_jobs() {
  const auto foreign = std::ranges::stable_partition(config.jobs, [](const StoredJob& job) {
    return nlohmann::json::parse(job.record).value("format", 0U) == kJobRecordFormat;
  });
  for (const auto& job : foreign) {
    const auto reason = fmt::format(
        "it was left by another version of dk-node, in a record of another format than "
        "{}",
        kJobRecordFormat);
    spdlog::error("job {} cannot go on: {}", job.job, reason);
    self->request(config.journal, caf::infinite, put_atom_v, end_of(job, "failed", reason))
        .then([](bool) {},
              // The next life of the supervisor does it again.
              [](const caf::error& why) { spdlog::warn("{}", from_caf(why).message); });
  }
  config.jobs.erase(foreign.begin(), foreign.end());
}

caf::result<bool> SupervisorState::drop_checkpoints(JobId job,
                                                    const std::vector<CheckpointId>& ids) {
  if (const auto actor = queue.running(job)) return self->delegate(actor, drop_atom_v, ids);
  if (queue.waiting(job) != nullptr)
    return to_caf({Errc::kUnavailable, fmt::format("job {} waits for its turn", job.value)});
  auto entry = std::make_shared<JournalEntry>();
  for (const auto id : ids) entry->batch.erase_manifest(job, id);
  return self->delegate(config.journal, put_atom_v, JournalEntryPtr(std::move(entry)));
}

caf::result<bool> SupervisorState::forget(const StoredJobPtr& job) {
  const auto record = nlohmann::json::parse(job->record);
  if (queue.running(job->job) || queue.waiting(job->job) != nullptr ||
      !ended(record.at("state").get<std::string>()))
    return to_caf({Errc::kInvalid, fmt::format("job {} has not ended", job->job)});
  // For good: nobody resumes it now.
  if (!resuming.insert(job->job).second)
    return to_caf({Errc::kInvalid, fmt::format("job {} is being resumed", job->job)});
  auto entry = std::make_shared<JournalEntry>();
  entry->batch.erase_job(job->job, record.at("next_event").get<std::uint64_t>());
  for (const auto& manifest : job->manifests)
    entry->batch.erase_manifest(job->job, manifest.checkpoint);
  entry->batch.erase_value(submitter_key(job->job));
  entry->batch.erase_value(request_key(job->job));
  return self->delegate(config.journal, put_atom_v, JournalEntryPtr(std::move(entry)));
}

nlohmann::json SupervisorState::nodes_json() const {
  auto list = nlohmann::json::array();
  for (const auto& node : nodes) {
    list.push_back({{"name", node.info.name},
                    {"address", fmt::format("{}:{}", node.info.agent.host, node.info.agent.port)},
                    {"cores", node.info.cores},
                    {"memory_bytes", node.info.memory_bytes},
                    {"labels", node.info.labels},
                    {"protocol", node.info.protocol},
                    {"state", state_of(node)},
                    {"incarnation", node.incarnation.value},
                    {"role", node.supervisor ? "supervisor" : "node"},
                    {"supervisor", node.supervisor}});
    if (const auto ends = node.info.certificate_ends * 1000; ends != 0) {
      list.back()["certificate_ends"] = iso_time(ends);
      list.back()["certificate_days_left"] = static_cast<double>(ends - wall_ms()) / kDayMs;
    }
  }
  return list;
}

caf::result<std::string> SupervisorState::list_nodes() {
  if (!config.candidate) return nodes_json().dump();
  auto promise = self->make_response_promise<std::string>();
  self->request(config.candidate, defaults::kControlTimeout, get_atom_v)
      .then(
          [this, promise](const std::string& candidates) mutable {
            auto list = nodes_json();
            for (const auto& candidate : nlohmann::json::parse(candidates)) {
              const auto is_it = [&](const auto& node) {
                return node.at("name") == candidate.at("name");
              };
              auto node = std::ranges::find_if(list, is_it);
              // One that has not joined this supervisor yet, and may never do.
              if (node == list.end()) {
                list.push_back(nlohmann::json{{"state", "lost"}, {"supervisor", false}});
                node = std::prev(list.end());
              }
              node->update(candidate);
            }
            promise.deliver(list.dump());
          },
          [promise](const caf::error& why) mutable { promise.deliver(why); });
  return promise;
}

std::string text_of(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Result<nlohmann::json> parse_record(JobId id, const Bytes& bytes) {
  auto record = nlohmann::json::parse(text_of(bytes), nullptr, false);
  if (!record.is_object() || !record.contains("state") || !record.contains("next_event"))
    return fail(Errc::kCorrupt, "the record of job {} is not one", id.value);
  return record;
}

/// Of a job of another version there is only the record.
Result<StoredJob> read_job(storage::StateStore& store, JobId id, const Bytes& bytes) {
  DK_TRY_ASSIGN(const auto record, parse_record(id, bytes));
  StoredJob job{id, text_of(bytes), {}, {}, {}};
  if (record.value("format", 0U) != kJobRecordFormat) return job;
  DK_TRY_ASSIGN(const auto submitter, store.value(submitter_key(id)));
  if (submitter) job.submitter = text_of(*submitter);
  DK_TRY_ASSIGN(const auto ledger, store.ledger(id));
  if (ledger) job.ledger = *ledger;
  DK_TRY_ASSIGN(auto scan, store.manifests(id));
  job.manifests = std::move(scan.good);
  job.refused_manifests = std::move(scan.refused);
  return job;
}

}  // namespace

Result<StoredJob> stored_job(storage::StateStore& store, JobId id) {
  DK_TRY_ASSIGN(const auto record, store.job(id));
  if (!record) return fail(Errc::kNotFound, "there is no job {}", id);
  return read_job(store, id, *record);
}

Result<std::deque<StoredJob>> unfinished_jobs(storage::StateStore& store, EventLog& log) {
  DK_TRY_ASSIGN(const auto records, store.jobs());
  std::deque<StoredJob> unfinished;
  for (const auto& [id, bytes] : records) {
    DK_TRY_ASSIGN(const auto record, parse_record(id, bytes));
    const bool over = ended(record.at("state").get<std::string>());
    log.publish(id, {record.at("next_event").get<std::uint64_t>(), over});
    if (over) continue;
    DK_TRY_ASSIGN(auto job, read_job(store, id, bytes));
    unfinished.push_back(std::move(job));
  }
  return unfinished;
}

Result<std::set<std::string>> drained_nodes(storage::StateStore& store) {
  DK_TRY_ASSIGN(const auto value, store.value(kDrained));
  if (!value) return std::set<std::string>{};
  const auto list = nlohmann::json::parse(text_of(*value), nullptr, false);
  if (!list.is_array() || !std::ranges::all_of(list, &nlohmann::json::is_string))
    return fail(Errc::kCorrupt, "the list of drained nodes is not one");
  return list.get<std::set<std::string>>();
}

LeadingSupervisorActor::behavior_type supervisor_actor(LeadingSupervisorActor::pointer self,
                                                       SupervisorConfig config) {
  auto state = std::make_shared<SupervisorState>();
  state->self = self;
  state->config = std::move(config);
  self->set_down_handler(
      [state = state.get()](const caf::down_msg& message) { state->down(message); });
  // A job does not outlive its supervisor: its next life begins from the store.
  self->attach_functor([state] {
    for (const auto& job : state->queue.running())
      caf::anon_send_exit(job, caf::exit_reason::user_shutdown);
  });
  state->end_foreign_jobs();
  for (auto& job : std::exchange(state->config.jobs, {})) state->queue.add(std::move(job));
  state->queue.advance(state->told);
  return {
      [state](join_atom, const NodeInfo& info) { return state->join(info); },
      [state](put_atom, const NodeInfo& info) { state->news_of(info); },
      [state](attach_atom, const ExecutorHello& hello) -> caf::result<Attached> {
        if (const auto job = state->queue.running(hello.job))
          return state->self->delegate(job, attach_atom_v, hello);
        return to_caf(
            {Errc::kStaleIncarnation, fmt::format("job {} does not run", hello.job.value)});
      },
      [state](exited_atom, const ExecutorExit& exit) {
        if (const auto job = state->queue.running(exit.job))
          state->self->send(job, exited_atom_v, exit);
      },
      [state](put_atom, const JobUse& use) {
        if (state->queue.heard(use)) state->queue.advance(state->told);
      },
      [state](put_atom, const SubmittedJobPtr& job) { return state->submit(job); },
      [state](put_atom, const Supervisors& supervisors) { state->tell(supervisors); },
      [state](get_atom, JobId job) { return state->status(job); },
      [state](get_atom) { return state->list_nodes(); },
      [state](stop_atom, JobId job) { return state->cancel(job); },
      [state](resume_atom, const StoredJobPtr& job) { return state->resume(job); },
      [state](drain_atom, const std::string& node) { return state->leave(node); },
      [state](drain_atom, const std::string& node, bool on) { return state->drain(node, on); },
      [state](store_atom) {
        return std::make_shared<const std::vector<ClusterNode>>(state->nodes);
      },
      [state](drop_atom, const StoredJobPtr& job) { return state->forget(job); },
      [state](drop_atom, JobId job, const std::vector<CheckpointId>& ids) {
        return state->drop_checkpoints(job, ids);
      },
  };
}

}  // namespace dk
