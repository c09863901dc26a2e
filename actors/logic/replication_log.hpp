// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace dk {

/// What a primary has taken in and its backup has not confirmed yet, in order, and who waits for
/// that. Positions count from 1 without gaps over the primary's whole life, with or without a
/// backup. Bounded by whoever appends: workers have a bounded number of parts under way.
template <class Operation, class Waiter>
class ReplicationLog {
 public:
  struct Entry {
    std::uint64_t position = 0;
    Operation operation;
  };

  /// The newest position.
  [[nodiscard]] std::uint64_t end() const { return end_; }
  /// Everything up to here is in the backup.
  [[nodiscard]] std::uint64_t confirmed() const { return confirmed_; }
  [[nodiscard]] std::uint64_t unconfirmed() const { return end_ - confirmed_; }

  /// An operation while nobody follows.
  void skip() {
    ++end_;
    confirmed_ = sent_ = end_;
  }
  /// An operation for the backup.
  void append(Operation operation) { entries_.push_back({++end_, std::move(operation)}); }

  /// A backup begins with everything up to now in it; what comes is kept for it.
  void follow() {
    entries_.clear();
    confirmed_ = end_;
    sent_ = end_;
  }
  /// Nobody follows: what waits, waits for nobody. Returns the waiters, oldest first.
  [[nodiscard]] std::vector<Waiter> release() {
    entries_.clear();
    confirmed_ = sent_ = end_;
    return take_waiters();
  }

  /// Waits until everything up to now is confirmed.
  void wait(Waiter waiter) { waiters_.emplace_back(end_, std::move(waiter)); }
  /// Whether whoever has seen the shard's newest state may be answered at once.
  [[nodiscard]] bool settled() const { return confirmed_ == end_; }

  /// The next entry that has not been sent, while fewer than `credit` are under way; nullptr: none.
  [[nodiscard]] const Entry* next_to_send(std::size_t credit) {
    if (sent_ == end_ || sent_ - confirmed_ >= credit) return nullptr;
    ++sent_;
    return &entries_[static_cast<std::size_t>(sent_ - confirmed_ - 1)];
  }
  /// Everything unconfirmed has to be sent again.
  void resend() { sent_ = confirmed_; }

  /// The backup has everything up to `position`; less than before changes nothing, more than there
  /// is is taken for all. Returns the waiters that need not wait any more, oldest first.
  [[nodiscard]] std::vector<Waiter> confirm(std::uint64_t position) {
    position = std::min(position, end_);
    while (confirmed_ < position) {
      entries_.pop_front();
      ++confirmed_;
    }
    sent_ = std::max(sent_, confirmed_);
    return take_waiters();
  }

 private:
  std::vector<Waiter> take_waiters() {
    std::vector<Waiter> ready;
    while (!waiters_.empty() && waiters_.front().first <= confirmed_) {
      ready.push_back(std::move(waiters_.front().second));
      waiters_.pop_front();
    }
    return ready;
  }

  std::uint64_t end_ = 0;
  std::uint64_t confirmed_ = 0;
  std::uint64_t sent_ = 0;
  std::deque<Entry> entries_;  ///< positions confirmed_ + 1 .. end_
  std::deque<std::pair<std::uint64_t, Waiter>> waiters_;
};

}  // namespace dk
