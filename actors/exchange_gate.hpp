// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <mutex>

namespace dk {

/// Whether a worker may begin an exchange; its executor closes it while a checkpoint is cut. The
/// executor need not ask the worker, which may be computing, and the worker computes on and is held
/// back only if it has something to exchange. Thread-safe.
class ExchangeGate {
 public:
  /// The worker is about to begin the exchange of this commit; false: it is closed, and whoever
  /// opens it tells the worker.
  [[nodiscard]] bool begin(std::uint64_t sequence) {
    const std::lock_guard lock(mutex_);
    if (!open_) return false;
    newest_ = sequence;
    return true;
  }
  /// No exchange begins from now on. The newest commit whose exchange has begun, which may be under
  /// way; 0: none.
  std::uint64_t close() {
    const std::lock_guard lock(mutex_);
    open_ = false;
    return newest_;
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
  }

 private:
  std::mutex mutex_;
  bool open_ = true;
  std::uint64_t newest_ = 0;
};

}  // namespace dk
