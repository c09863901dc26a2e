// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/supervisor.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace dk {

/// What the store knows the machines by that are not to be used.
inline constexpr auto kDrainedKey = "nodes/drained";

/// Whether a job in this state is over.
[[nodiscard]] inline bool is_over(const std::string& state) {
  return state == "finished" || state == "failed" || state == "cancelled";
}

/// The supervisor's state. Split over nodes.cpp (who belongs to the cluster), jobs.cpp (what is
/// handed in, and asked of jobs) and stored_jobs.cpp (what is found in the store).
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

}  // namespace dk
