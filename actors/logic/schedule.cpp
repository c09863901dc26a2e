// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <tuple>

namespace dk {
namespace {

class Scheduler {
 public:
  Scheduler(const CoresByNode& cores, const std::vector<ScheduledJob>& jobs, std::size_t at_once)
      : cores_(cores), jobs_(jobs), free_(cores), at_once_(at_once) {
    for (const auto& job : jobs) (job.admitted ? admitted_ : waiting_).push_back(&job);
    std::ranges::sort(admitted_, {}, rank);
  }

  std::map<JobId, JobPlan> plan() {
    for (const auto* job : admitted_) reserve(*job, job->workers_min);
    admit();
    share_the_rest();
    keep_what_is_held();
    return std::move(plans_);
  }

 private:
  using Job = const ScheduledJob*;

  static std::tuple<std::int32_t, JobId> rank(Job job) { return {-job->priority, job->id}; }

  [[nodiscard]] CoresByNode& share(const ScheduledJob& job) {
    auto& plan = plans_[job.id];
    plan.admitted = true;
    return plan.share;
  }

  [[nodiscard]] static std::uint32_t in(const CoresByNode& some, const std::string& node) {
    const auto found = some.find(node);
    return found == some.end() ? 0 : found->second;
  }

  /// The machine for one more worker: one where the job has had it, else the emptiest.
  [[nodiscard]] const std::string* place(const ScheduledJob& job, const CoresByNode& free,
                                         const CoresByNode& given) const {
    const std::string* best = nullptr;
    std::tuple<bool, std::uint32_t> best_value;
    for (const auto& [node, left] : free) {
      if (left < job.threads || job.refused.contains(node)) continue;
      const bool had = in(job.used, node) >= in(given, node) + job.threads;
      const std::tuple value(had, left);
      if (best != nullptr && value <= best_value) continue;
      best = &node;
      best_value = value;
    }
    return best;
  }

  /// Takes room for up to so many workers out of `free`; how many there was room for.
  std::uint32_t take(const ScheduledJob& job, std::uint32_t workers, CoresByNode& free,
                     CoresByNode& given) const {
    for (std::uint32_t taken = 0; taken < workers; ++taken) {
      const auto* node = place(job, free, given);
      if (node == nullptr) return taken;
      free.at(*node) -= job.threads;
      given[*node] += job.threads;
    }
    return workers;
  }

  std::uint32_t reserve(const ScheduledJob& job, std::uint32_t workers) {
    const auto taken = take(job, workers, free_, share(job));
    used_[job.submitter] += taken * job.threads;
    return taken;
  }

  [[nodiscard]] std::uint32_t room(const ScheduledJob& job, CoresByNode free) const {
    CoresByNode given;
    return take(job, job.workers_min, free, given);
  }

  [[nodiscard]] bool full() const { return at_once_ > 0 && admitted_.size() >= at_once_; }

  void admit() {
    std::optional<std::int32_t> held_back;
    while (!waiting_.empty()) {
      const auto next = std::ranges::min_element(waiting_, {}, [this](Job job) {
        return std::tuple(-job->priority, used_[job->submitter], job->id);
      });
      const auto& job = **next;
      waiting_.erase(next);
      const auto at_most = room(job, cores_);
      if (at_most < job.workers_min) {
        wait(job, fmt::format("it wants at least {}{}, and the cluster has room for {}",
                              workers(job, job.workers_min), where(job), at_most));
      } else if (held_back == job.priority) {
        wait(job, "its turn has not come: a job before it waits for cores");
      } else if (full()) {
        wait(job, "its turn has not come: another job runs");
      } else if (room(job, free_) == job.workers_min || preempt_for(job)) {
        reserve(job, job.workers_min);
        admitted_.push_back(&job);
      } else {
        held_back = job.priority;
        wait(job, fmt::format("it wants at least {}{}, and there is room for {} now{}",
                              workers(job, job.workers_min), where(job), room(job, free_),
                              first_before(job)));
      }
    }
  }

  static std::string workers(const ScheduledJob& job, std::uint32_t count) {
    return fmt::format("{} worker{} of {} core{}", count, count == 1 ? "" : "s", job.threads,
                       job.threads == 1 ? "" : "s");
  }

  static std::string where(const ScheduledJob& job) {
    return job.only_on.empty() ? "" : " on " + job.only_on;
  }

  /// Who has what it would get.
  [[nodiscard]] std::string first_before(const ScheduledJob& job) const {
    const auto first = std::ranges::min_element(admitted_, {}, rank);
    if (first == admitted_.end() || (*first)->priority <= job.priority) return {};
    return fmt::format(": job {} of priority {} goes first", (*first)->id, (*first)->priority);
  }

  void wait(const ScheduledJob& job, std::string reason) {
    plans_[job.id] = {false, {}, std::move(reason)};
  }

  /// Takes cores back from jobs of smaller priority, if that makes room.
  bool preempt_for(const ScheduledJob& job) {
    auto victims = admitted_;
    std::erase_if(victims, [&](Job other) { return other->priority >= job.priority; });
    std::ranges::sort(victims, std::greater<>(), rank);
    auto free = free_;
    std::vector<Job> gone;
    for (const auto* victim : victims) {
      if (room(job, free) == job.workers_min) break;
      for (const auto& [node, count] : plans_.at(victim->id).share) free.at(node) += count;
      gone.push_back(victim);
    }
    if (room(job, free) < job.workers_min) return false;
    // One that went early may not have been in the way.
    for (const auto* victim : std::vector(gone.rbegin(), gone.rend())) {
      auto without = free;
      bool fits = true;
      for (const auto& [node, count] : plans_.at(victim->id).share) {
        fits = fits && without.at(node) >= count;
        if (fits) without.at(node) -= count;
      }
      if (!fits || room(job, without) < job.workers_min) continue;
      free = without;
      std::erase(gone, victim);
    }
    for (const auto* victim : gone) {
      for (const auto& [node, count] : plans_.at(victim->id).share)
        used_[victim->submitter] -= count;
      std::erase(admitted_, victim);
      wait(*victim, fmt::format("job {} of priority {} goes first", job.id, job.priority));
    }
    free_ = std::move(free);
    return true;
  }

  void share_the_rest() {
    auto growing = admitted_;
    while (!growing.empty()) {
      const auto next = std::ranges::min_element(growing, {}, [this](Job job) {
        return std::tuple(-job->priority, used_[job->submitter], count(share(*job)), job->id);
      });
      const auto& job = **next;
      const bool wants = count(share(job)) < job.workers_max * job.threads;
      if (!wants || reserve(job, 1) == 0) growing.erase(next);
    }
  }

  [[nodiscard]] static std::uint32_t count(const CoresByNode& some) {
    std::uint32_t sum = 0;
    for (const auto& [node, cores] : some) sum += cores;
    return sum;
  }

  /// Whoever would grow waits for those who shrink.
  void keep_what_is_held() {
    for (const auto& [node, all] : cores_) {
      std::uint64_t claimed = 0;
      for (const auto& job : jobs_)
        claimed += std::max(in(job.held, node), in(plans_.at(job.id).share, node));
      for (auto job = admitted_.rbegin(); job != admitted_.rend(); ++job) {
        auto& share = plans_.at((*job)->id).share;
        for (; claimed > all && in(share, node) > in((*job)->held, node);
             claimed -= (*job)->threads)
          share.at(node) -= (*job)->threads;
      }
    }
  }

  const CoresByNode& cores_;
  const std::vector<ScheduledJob>& jobs_;
  CoresByNode free_;
  std::size_t at_once_;
  std::vector<Job> admitted_;
  std::vector<Job> waiting_;
  std::map<std::string, std::uint32_t> used_;  ///< cores, by submitter
  std::map<JobId, JobPlan> plans_;
};

}  // namespace

std::map<JobId, JobPlan> schedule(const CoresByNode& cores, const std::vector<ScheduledJob>& jobs,
                                  std::size_t at_once) {
  return Scheduler(cores, jobs, at_once).plan();
}

}  // namespace dk
