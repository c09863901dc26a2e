// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

namespace dk {

/// Lets at most so many workers of a process compute at the same time, first come, first served.
/// With more workers than cores, a worker that fetches the centre when its turn comes is behind by
/// as many contributions as there are cores, not workers: what DOWNPOUR and ADAG bear is the
/// former. Thread-safe.
class Turns : public std::enable_shared_from_this<Turns> {
 public:
  /// `places` > 0.
  [[nodiscard]] static std::shared_ptr<Turns> of(std::size_t places) {
    return std::shared_ptr<Turns>(new Turns(places));
  }

  /// A turn, or the wait for it; whoever lets go of it passes it on.
  class Ticket {
   public:
    ~Ticket();
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;

   private:
    friend class Turns;
    Ticket(std::shared_ptr<Turns> turns, std::function<void()> begin)
        : turns_(std::move(turns)), begin_(std::move(begin)) {}

    std::shared_ptr<Turns> turns_;
    std::function<void()> begin_;
    bool granted_ = false;
  };

  /// `begin` runs once, when the turn comes: at once, or on the thread of whoever passes it on. It
  /// must only leave a message.
  [[nodiscard]] std::shared_ptr<Ticket> ask(std::function<void()> begin);

 private:
  explicit Turns(std::size_t places) : free_(places) {}
  void ended();

  std::mutex mutex_;
  std::size_t free_;
  std::deque<std::weak_ptr<Ticket>> waiting_;
};

}  // namespace dk
