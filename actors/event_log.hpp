// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/ids.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

namespace dk {

/// Tells readers how many events of a job are durable, so that they can wait for the next one. The
/// events themselves are in the state store. Thread-safe.
class EventLog {
 public:
  struct Position {
    std::uint64_t next = 0;  ///< number of the event that comes next
    bool ended = false;      ///< none will come
  };

  /// Called after the events before `next` have become durable.
  void publish(JobId job, Position position);
  /// Returns once an event numbered `from` is there, the job has ended, or after `timeout`.
  Position wait(JobId job, std::uint64_t from, std::chrono::milliseconds timeout);
  /// The oldest of the jobs that have ended, so that `keep` of these remain.
  [[nodiscard]] std::vector<JobId> ended_beyond(std::size_t keep);
  void forget(JobId job);
  /// Those that are not forgotten, ascending.
  [[nodiscard]] std::vector<JobId> jobs_up_to(JobId newest);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<JobId, Position> positions_;
};

}  // namespace dk
