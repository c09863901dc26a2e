// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/event_log.hpp"

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

}  // namespace dk
