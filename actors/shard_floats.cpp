// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/shard_floats.hpp"

#include <algorithm>
#include <atomic>

namespace dk {

ShardFloats::ShardFloats(const std::shared_ptr<float>& values, std::uint64_t count,
                         std::size_t vectors)
    : parts_(count) {
  pieces_.reserve(vectors * parts_.count());
  for (std::size_t vector = 0; vector < vectors; ++vector) {
    for (std::uint32_t part = 0; part < parts_.count(); ++part) {
      // Its own count of references, not that of the whole: each part is shared for itself.
      pieces_.emplace_back(values.get() + vector * count + parts_.offset(part),
                           [values](float*) {});
    }
  }
}

std::span<float> ShardFloats::writable(std::size_t vector, std::uint32_t part) {
  auto& piece = pieces_[vector * parts_.count() + part];
  const auto size = parts_.size(part);
  if (piece.use_count() > 1) {
    auto own = allocate_floats(size);
    std::copy_n(piece.get(), size, own.get());
    piece = std::move(own);
  }
  // The last one that it was shared with may have let go on another thread just now: its reads
  // come before our writes.
  std::atomic_thread_fence(std::memory_order_acquire);
  return {piece.get(), size};
}

std::vector<Tensor> ShardFloats::share() const {
  std::vector<Tensor> shared;
  shared.reserve(pieces_.size());
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    const auto part = static_cast<std::uint32_t>(i % parts_.count());
    shared.emplace_back(pieces_[i], parts_.size(part));
  }
  return shared;
}

void ShardFloats::copy(std::uint64_t offset, std::span<float> out) const {
  while (!out.empty()) {
    const auto part = static_cast<std::uint32_t>(offset / parts_.largest());
    const auto skipped = offset - parts_.offset(part);
    const auto size = std::min<std::uint64_t>(out.size(), parts_.size(part) - skipped);
    std::copy_n(pieces_[part].get() + skipped, size, out.begin());
    offset += size;
    out = out.subspan(size);
  }
}

}  // namespace dk
