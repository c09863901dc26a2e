// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/job_queue.hpp"

#include "actors/descriptor/labels.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace dk {
namespace {

/// The larger one, machine by machine.
void raise_to(CoresByNode& some, const CoresByNode& other) {
  for (const auto& [node, cores] : other) some[node] = std::max(some[node], cores);
}

CoresByNode usable_cores(const std::vector<ClusterNode>& nodes) {
  CoresByNode cores;
  for (const auto& node : nodes) {
    if (node.alive && !node.draining) cores[node.info.name] = node.info.cores;
  }
  return cores;
}

/// Everything lives in one process (`run --local`), where jobs run one after the other, on as many
/// cores as they want.
bool in_process(const std::vector<ClusterNode>& nodes) {
  return nodes.size() == 1 && nodes.front().info.agent.host.empty();
}

bool is_for(const ClusterNode& node, const std::map<std::string, std::string>& labels) {
  return std::ranges::includes(node.info.labels, labels);
}

/// What a job sees of the cluster: machines that are not for it as if they were being drained, so
/// that nothing of it runs there, but files there are of use.
ClusterNodes as_seen(const ClusterNodes& nodes, const std::map<std::string, std::string>& labels) {
  if (labels.empty() || in_process(*nodes)) return nodes;
  auto seen = *nodes;
  for (auto& node : seen) node.draining = node.draining || !is_for(node, labels);
  return std::make_shared<const std::vector<ClusterNode>>(std::move(seen));
}

}  // namespace

void JobQueue::add(StoredJob job) {
  const auto record = nlohmann::json::parse(job.record);
  auto& entry = jobs_[job.job];
  entry.wishes = scheduled(job.job, record);
  entry.wishes.submitter = job.submitter;
  const auto& spec = record.at("spec");
  if (spec.contains("nodes")) entry.labels = spec.at("nodes");
  if (!entry.labels.empty())
    entry.wishes.only_on = "nodes with " + descriptor::labels_text(entry.labels);
  entry.begun = record.contains("generation");
  entry.stored = std::move(job);
}

void JobQueue::advance(const ClusterNodes& nodes) {
  const bool alone = in_process(*nodes);
  std::vector<ScheduledJob> wishes;
  wishes.reserve(jobs_.size());
  for (const auto& [id, entry] : jobs_) {
    auto& wish = wishes.emplace_back(entry.wishes);
    for (const auto& node : *nodes) {
      if (!alone && !is_for(node, entry.labels)) wish.refused.insert(node.info.name);
    }
    if (alone) wish.workers_min = wish.workers_max = wish.threads = 1;
  }
  const auto plans = schedule(usable_cores(*nodes), wishes, alone ? 1 : 0);
  for (auto& [id, entry] : jobs_) take_up(entry, plans.at(id), nodes);
}

void JobQueue::take_up(Entry& entry, const JobPlan& plan, const ClusterNodes& nodes) {
  entry.wishes.admitted = plan.admitted;
  const bool fresh = !entry.actor && (plan.admitted || entry.begun);
  if (fresh) entry.actor = start_(std::move(entry.stored));
  const bool changed = entry.plan != plan || entry.nodes != nodes;
  entry.plan = plan;
  if (!entry.actor || !(fresh || changed)) return;
  entry.nodes = nodes;
  raise_to(entry.wishes.held, plan.share);
  tell_(entry.actor, JobShare{++entry.told, as_seen(nodes, entry.labels), plan.admitted, plan.share,
                              plan.reason});
}

bool JobQueue::heard(const JobUse& use) {
  const auto found = jobs_.find(use.job);
  if (found == jobs_.end()) return false;
  auto& [id, entry] = *found;
  const auto before = std::tie(entry.wishes.held, entry.wishes.used, entry.wishes.refused);
  auto held = use.cores;
  // It may still use what it was told after it had said this.
  raise_to(held, use.share == entry.told ? entry.plan.share : entry.wishes.held);
  const bool news = before != std::tie(held, use.cores, use.refused);
  entry.wishes.held = std::move(held);
  entry.wishes.used = use.cores;
  entry.wishes.refused = use.refused;
  return news;
}

bool JobQueue::ended(const caf::actor_addr& actor) {
  const auto found = std::ranges::find_if(jobs_, [&](const auto& entry) {
    return entry.second.actor && entry.second.actor.address() == actor;
  });
  if (found == jobs_.end()) return false;
  jobs_.erase(found);
  return true;
}

LocalJobActor JobQueue::running(JobId job) const {
  const auto found = jobs_.find(job);
  return found == jobs_.end() ? LocalJobActor{} : found->second.actor;
}

std::vector<LocalJobActor> JobQueue::running() const {
  std::vector<LocalJobActor> actors;
  for (const auto& [id, entry] : jobs_) {
    if (entry.actor) actors.push_back(entry.actor);
  }
  return actors;
}

const StoredJob* JobQueue::waiting(JobId job) const {
  const auto found = jobs_.find(job);
  return found == jobs_.end() || found->second.actor ? nullptr : &found->second.stored;
}

std::string JobQueue::waits_for(JobId job) const {
  const auto found = jobs_.find(job);
  return found == jobs_.end() ? std::string{} : found->second.plan.reason;
}

}  // namespace dk
