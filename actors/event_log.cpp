// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/event_log.hpp"

#include <algorithm>

namespace dk {

void EventLog::publish(JobId job, Position position) {
  {
    const std::lock_guard lock(mutex_);
    positions_[job] = position;
  }
  changed_.notify_all();
}

EventLog::Position EventLog::wait(JobId job, std::uint64_t from,
                                  std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  const auto there = [&] {
    const auto& position = positions_[job];
    return position.next > from || position.ended;
  };
  if (timeout > std::chrono::milliseconds(0)) changed_.wait_for(lock, timeout, there);
  return positions_[job];
}

std::vector<JobId> EventLog::ended_beyond(std::size_t keep) {
  const std::lock_guard lock(mutex_);
  std::vector<JobId> ended;
  for (const auto& [job, position] : positions_) {
    if (position.ended) ended.push_back(job);
  }
  ended.resize(ended.size() - std::min(ended.size(), keep));
  return ended;
}

void EventLog::forget(JobId job) {
  const std::lock_guard lock(mutex_);
  positions_.erase(job);
}

std::vector<JobId> EventLog::jobs_up_to(JobId newest) {
  const std::lock_guard lock(mutex_);
  std::vector<JobId> jobs;
  for (auto job = positions_.begin(); job != positions_.upper_bound(newest); ++job)
    jobs.push_back(job->first);
  return jobs;
}

}  // namespace dk
