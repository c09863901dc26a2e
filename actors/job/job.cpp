// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/job/job.hpp"

#include "actors/error.hpp"
#include "actors/job/job_state.hpp"
#include "actors/logic/job_algorithm.hpp"
#include "base/check.hpp"

#include <caf/all.hpp>

#include <algorithm>

namespace dk {
namespace {

JobSpec spec_of(const nlohmann::json& record) {
  auto spec = job_spec_from_json(record.at("spec"));
  DK_CHECK(spec, "a job's record holds a valid spec");
  return std::move(*spec);
}

std::shared_ptr<const Algorithm> algorithm_of(const JobSpec& spec, const JobFacts& facts) {
  auto algorithm = make_job_algorithm(spec, facts.samples);
  DK_CHECK(algorithm, "a valid spec names a known algorithm");
  return std::move(*algorithm);
}

std::uint32_t minimum_of(const JobSpec& spec, const Algorithm& algorithm) {
  return algorithm.members() > 1 ? algorithm.members() : spec.workers_min;
}

JobFacts facts_of(const nlohmann::json& record) {
  const auto& facts = record.at("facts");
  const auto number = [&](std::size_t at) { return facts.at(at).get<std::uint64_t>(); };
  JobFacts known{number(0), number(1), number(2), facts.at(3), number(4)};
  known.test_samples = number(5);
  known.validation_samples = number(6);
  known.outputs = number(7);
  return known;
}

JobMetrics metrics_of(const JobFacts& facts) {
  auto metrics = JobMetrics::make(facts.metrics);
  DK_CHECK(metrics, "a job's record holds its metrics");
  return std::move(*metrics);
}

}  // namespace

JobState::JobState(LocalJobActor::pointer actor, JobConfig start)
    : self(actor),
      config(std::move(start)),
      spec(spec_of(nlohmann::json::parse(config.record))),
      facts(facts_of(nlohmann::json::parse(config.record))),
      algorithm(algorithm_of(spec, facts)),
      ledger({facts.samples, std::uint64_t{algorithm->window()} * spec.batch_size, spec.epochs}),
      metrics(metrics_of(facts)),
      progress(spec.epochs),
      pacing(algorithm->pace(), defaults::kLeasesAhead),
      epoch_ends(spec),
      policy({}),
      deadlines({defaults::kBlocksKnown, defaults::kStuckAfterBlocks, defaults::kLeastStuck,
                 defaults::kLeaseTimeout, defaults::kSlowAfterBlocks, defaults::kLeastSlow}),
      manifests(std::move(config.manifests)) {
  if (algorithm->pace().kind == Pace::Kind::kFullBatch) lbfgs.emplace(lbfgs_config());
  restore_record(nlohmann::json::parse(config.record));
  durable_use = cores_used();
  if (config.ledger.empty()) return;
  if (auto decoded = Ledger::decode(config.ledger, now());
      decoded && decoded->config() == ledger.config()) {
    ledger = std::move(*decoded);
  } else {
    // Without its ledger the running generation cannot be accounted for: the newest checkpoint has
    // one.
    phase = JobPhase::kWaiting;
    executors.clear();
  }
}

ScheduledJob scheduled(JobId job, const nlohmann::json& record) {
  const auto spec = spec_of(record);
  const auto algorithm = algorithm_of(spec, facts_of(record));
  ScheduledJob result;
  result.id = job;
  result.priority = static_cast<std::int32_t>(spec.priority);
  result.threads = spec.threads;
  result.workers_min = minimum_of(spec, *algorithm);
  result.workers_max = spec.workers_max;
  if (!record.value("live", false)) {
    result.admitted = record.at("state") == "running";
    return result;
  }
  result.admitted = true;
  std::map<std::uint64_t, std::string> nodes;
  for (const auto& executor : record.at("executors"))
    nodes[executor.at(0).get<std::uint64_t>()] = executor.at(1).get<std::string>();
  for (const auto& worker : record.at("workers")) {
    const auto node = nodes.find(worker.at(2).get<std::uint64_t>());
    if (node != nodes.end()) result.used[node->second] += spec.threads;
  }
  result.held = result.used;
  return result;
}

std::uint32_t JobState::workers_needed() const {
  return minimum_of(spec, *algorithm);
}

JobState::TimePoint JobState::now() const {
  return self->clock().now();
}

const ClusterNode* JobState::find_node(const std::string& name) const {
  const auto found =
      std::ranges::find_if(*nodes, [&](const ClusterNode& node) { return node.info.name == name; });
  return found == nodes->end() ? nullptr : &*found;
}

std::vector<NodePeer> JobState::alive_nodes() const {
  std::vector<NodePeer> result;
  for (const auto& node : *nodes) {
    if (node.alive) result.push_back({node.info.name, node.info.agent});
  }
  return result;
}

std::vector<NodePeer> JobState::chunk_homes(Incarnation executor) const {
  std::set<std::string> wanted{executors.at(executor).node};
  for (const auto& [id, shard] : shards) {
    if (shard.executor != executor || !shard.backup || !shard.backup->in_sync) continue;
    const auto backup = executors.find(shard.backup->executor);
    if (backup != executors.end()) wanted.insert(backup->second.node);
  }
  std::vector<NodePeer> homes;
  for (const auto& node : *nodes) {
    if (node.alive && (wanted.contains(node.info.name) || node.supervisor))
      homes.push_back({node.info.name, node.info.agent});
  }
  for (const auto& node : *nodes) {
    if (homes.size() >= 2) break;
    const bool taken = std::ranges::find(homes, node.info.name, &NodePeer::name) != homes.end();
    if (node.alive && !taken) homes.push_back({node.info.name, node.info.agent});
  }
  return homes;
}

Placement JobState::placement() const {
  Placement result;
  for (const auto& [id, worker] : workers) result.workers[id] = executors.at(worker.executor).node;
  for (const auto& [id, shard] : shards) result.shards[id] = executors.at(shard.executor).node;
  return result;
}

bool JobState::hosts_shards(Incarnation executor) const {
  return std::ranges::any_of(shards,
                             [&](const auto& entry) { return entry.second.executor == executor; });
}

std::vector<Incarnation> JobState::with_shards() const {
  std::vector<Incarnation> result;
  for (const auto& [incarnation, executor] : executors) {
    if (hosts_shards(incarnation)) result.push_back(incarnation);
  }
  return result;
}

std::uint64_t JobState::duplicates() const {
  auto sum = duplicates_before;
  for (const auto& [incarnation, executor] : executors) sum += executor.duplicates;
  return sum;
}

LocalJobActor::behavior_type job_actor(LocalJobActor::pointer self, JobConfig config) {
  auto state = std::make_shared<JobState>(self, std::move(config));
  self->set_down_handler(
      [state = state.get()](const caf::down_msg& message) { state->link_lost(message); });
  state->begin();
  return {
      [state](attach_atom, const ExecutorHello& hello) { return state->attach(hello); },
      [state](report_atom, const WorkReport& report) { return state->report(report); },
      [state](written_atom, const ChunksWritten& message) { state->written(message); },
      [state](failure_atom, Incarnation executor, const std::string& reason) {
        state->executor_failed(executor, reason);
      },
      [state](exited_atom, const ExecutorExit& exit) {
        state->executor_failed(exit.incarnation, exit.reason);
      },
      [state](put_atom, const JobShare& share) { state->share_changed(share); },
      [state](put_atom, const Supervisors& supervisors) {
        state->config.supervisors = supervisors;
        for (const auto& [incarnation, executor] : state->executors) {
          if (executor.handle) state->self->send(executor.handle, put_atom_v, supervisors);
        }
      },
      [state](get_atom) { return state->status().dump(); },
      [state](drain_atom, const std::string& node) { return state->drain(node); },
      [state](stop_atom) {
        auto promise = state->self->make_response_promise<bool>();
        state->cancelled.push_back(promise);
        state->end("cancelled", "");
        return promise;
      },
      [state](drop_atom, const std::vector<CheckpointId>& ids) {
        return state->drop_checkpoints(ids);
      },
      [state](tick_atom) { state->tick(); },
      [state](sync_atom) {
        if (auto retry = std::exchange(state->retry, {})) retry();
      },
  };
}

}  // namespace dk
