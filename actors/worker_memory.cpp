// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/worker_memory.hpp"

#include "actors/tensor.hpp"

#include <algorithm>

namespace dk {
namespace {

std::uint64_t size_of(std::span<const std::span<float>> parts) {
  std::uint64_t count = 0;
  for (const auto part : parts) count += part.size();
  return count;
}

}  // namespace

void WorkerMemory::save(std::uint64_t sequence, std::span<const std::span<float>> parts) {
  const auto count = size_of(parts);
  // A reader may still hold the one that was the newest before.
  auto buffer = spare_ && spare_.use_count() == 1 ? std::move(spare_) : allocate_floats(count);
  auto* to = buffer.get();
  for (const auto part : parts) to = std::ranges::copy(part, to).out;
  const std::lock_guard lock(mutex_);
  spare_ = std::const_pointer_cast<float>(std::move(newest_.floats));
  newest_ = {sequence, std::move(buffer), count};
}

WorkerMemory::Kept WorkerMemory::newest() const {
  const std::lock_guard lock(mutex_);
  return newest_;
}

bool WorkerMemory::restore(std::span<const float> kept, std::span<const std::span<float>> parts) {
  if (kept.size() != size_of(parts)) return false;
  for (const auto part : parts) {
    std::ranges::copy(kept.first(part.size()), part.begin());
    kept = kept.subspan(part.size());
  }
  return true;
}

}  // namespace dk
