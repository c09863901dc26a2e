// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>

namespace dk {

/// What a worker knows that no shard does (its optimizer's state, an elastic worker's own weights),
/// as of its newest commit, for checkpoints. The worker saves it, its executor reads it, at any
/// time. Two buffers take turns while nobody else holds one. Thread-safe.
class WorkerMemory {
 public:
  struct Kept {
    std::uint64_t sequence = 0;  ///< of the newest commit that is in it
    std::shared_ptr<const float> floats;
    std::uint64_t count = 0;  ///< 0: nothing has been saved yet
  };

  /// Copies all parts, one after the other; always as many floats.
  void save(std::uint64_t sequence, std::span<const std::span<float>> parts);
  [[nodiscard]] Kept newest() const;

  /// Copies what was saved back into the same parts; false, and nothing is done, if they are not of
  /// that size.
  [[nodiscard]] static bool restore(std::span<const float> kept,
                                    std::span<const std::span<float>> parts);

 private:
  mutable std::mutex mutex_;
  Kept newest_;
  std::shared_ptr<float> spare_;
};

}  // namespace dk
