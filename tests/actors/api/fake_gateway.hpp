// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/api/gateway.hpp"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <stdexcept>

namespace dk::test {

/// A supervisor with job 7 only, whose events the test adds one by one.
class FakeGateway : public Gateway {
 public:
  static constexpr JobId kJob{7};

  void add_event(const std::string& line) {
    const std::lock_guard lock(mutex_);
    events_.push_back(line);
    changed_.notify_all();
  }
  void end_job() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }
  /// The next calls give this error.
  void fail_with(Errc code, const std::string& message) { error_ = Error{code, message}; }
  void throw_from_now_on() { throws_ = true; }

  std::optional<Elsewhere> elsewhere() override { return leader; }
  Result<JobId> submit(const JobRequest& request) override {
    last_request = request;
    DK_TRY(check());
    return kJob;
  }
  Result<std::string> submitter(JobId job) override {
    DK_TRY(check(job));
    return submitter_of_job;
  }
  Result<nlohmann::json> jobs() override {
    DK_TRY(check());
    return nlohmann::json::array(
        {{{"id", 7}, {"name", "mlp"}, {"state", "running"}, {"submitter", submitter_of_job}}});
  }
  Result<nlohmann::json> history(std::size_t limit) override {
    DK_TRY(check());
    last_limit = limit;
    return nlohmann::json::array(
        {{{"id", 7}, {"name", "mlp"}, {"state", "finished"}, {"submitter", submitter_of_job}}});
  }
  Result<JobRequest> request(JobId job) override {
    DK_TRY(check(job));
    return request_of_job;
  }
  Result<nlohmann::json> status(JobId job) override {
    DK_TRY(check(job));
    return nlohmann::json{{"id", 7}, {"state", "running"}};
  }
  Result<void> cancel(JobId job) override {
    DK_TRY(check(job));
    cancelled = true;
    return {};
  }
  Result<void> resume(JobId job) override {
    DK_TRY(check(job));
    resumed = true;
    return {};
  }
  Result<nlohmann::json> nodes() override {
    DK_TRY(check());
    return nlohmann::json::array({{{"name", "node-1"}, {"state", "alive"}}});
  }
  Result<void> drain(const std::string& node, bool on) override {
    DK_TRY(check());
    if (node != "node-1") return fail(Errc::kNotFound, "there is no node {}", node);
    draining = on;
    return {};
  }
  Result<EventPage> events(JobId job, std::uint64_t from,
                           std::chrono::milliseconds timeout) override {
    DK_TRY(check(job));
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait_for(lock, timeout, [&] { return events_.size() > from || ended_; });
    --waiting_;
    EventPage page;
    const auto first = std::min<std::size_t>(from, events_.size());
    page.events.assign(events_.begin() + static_cast<std::ptrdiff_t>(first), events_.end());
    page.next = from + page.events.size();
    page.ended = ended_;
    return page;
  }
  Result<std::string> architecture(JobId job) override {
    DK_TRY(check(job));
    return architecture_of_job;
  }
  Result<nlohmann::json> spec(JobId job) override {
    DK_TRY(check(job));
    return spec_of_job;
  }
  Result<Bytes> weights(JobId job) override {
    DK_TRY(check(job));
    return weights_of_job;
  }

  Result<Bytes> checkpoint_weights(JobId job, CheckpointId checkpoint) override {
    DK_TRY(check(job));
    if (checkpoint != kCheckpoint) return fail(Errc::kNotFound, "no such checkpoint");
    return weights_of_job;
  }
  Result<nlohmann::json> checkpoints(JobId job) override {
    DK_TRY(check(job));
    return checkpoints_of_job;
  }
  /// Every chunk is whole, but for what `faults_of_job` says.
  Result<nlohmann::json> verify_checkpoint(JobId job, CheckpointId checkpoint, std::uint64_t first,
                                           std::uint64_t limit) override {
    DK_TRY(check(job));
    if (checkpoint != kCheckpoint) return fail(Errc::kNotFound, "no such checkpoint");
    const auto next = std::min<std::uint64_t>(kChunks, first + limit);
    return nlohmann::json{{"checkpoint", checkpoint.value},
                          {"chunks", kChunks},
                          {"next", next},
                          {"ended", next == kChunks},
                          {"bytes", (next - first) * 1000},
                          {"faults", first == 0 ? faults_of_job : nlohmann::json::array()},
                          {"lost", first == 0 ? lost_of_job : nlohmann::json::array()}};
  }
  Result<nlohmann::json> prune_checkpoints(JobId job,
                                           const std::vector<CheckpointId>& ids) override {
    DK_TRY(check(job));
    pruned = ids;
    auto numbers = nlohmann::json::array();
    for (const auto id : ids) numbers.push_back(id.value);
    return nlohmann::json{{"pruned", numbers}};
  }

  /// Returns once a call of `events` is waiting.
  void await_follower() { await_followers(1); }
  /// The same for so many at once.
  void await_followers(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ >= count; });
  }

  JobRequest last_request;
  JobRequest request_of_job{"name: mlp\n", "job.yaml", "/data", {"seed=2"}};
  std::size_t last_limit = 0;
  std::string submitter_of_job;
  std::string architecture_of_job = R"({"class_name":"Sequential"})";
  nlohmann::json spec_of_job{{"name", "mlp"}};
  Bytes weights_of_job;
  std::optional<Elsewhere> leader;
  bool cancelled = false;
  bool resumed = false;
  bool draining = false;
  static constexpr CheckpointId kCheckpoint{3};
  static constexpr std::uint64_t kChunks = 100;
  nlohmann::json checkpoints_of_job = nlohmann::json::array({{{"checkpoint", 3}}});
  nlohmann::json faults_of_job = nlohmann::json::array();
  nlohmann::json lost_of_job = nlohmann::json::array();
  std::vector<CheckpointId> pruned;

 private:
  Result<void> check(JobId job = kJob) {
    if (throws_) throw std::runtime_error("broken inside");
    if (error_) return fail(*error_);
    if (job != kJob) return fail(Errc::kNotFound, "there is no job {}", job.value);
    return {};
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> events_;
  int waiting_ = 0;
  bool ended_ = false;
  bool throws_ = false;
  std::optional<Error> error_;
};

}  // namespace dk::test
