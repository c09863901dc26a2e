// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/graph/memory_plan.hpp"

#include <algorithm>
#include <vector>

namespace dk::model {
namespace {

constexpr std::size_t kAlignment = 16;

bool overlap_in_time(const MemoryBlock& a, const MemoryBlock& b) {
  return a.first <= b.last && b.first <= a.last;
}

}  // namespace

std::size_t plan_memory(std::span<MemoryBlock> blocks) {
  std::vector<MemoryBlock*> by_size;
  for (MemoryBlock& block : blocks) by_size.push_back(&block);
  std::stable_sort(by_size.begin(), by_size.end(),
                   [](const auto* a, const auto* b) { return a->floats > b->floats; });
  std::vector<const MemoryBlock*> placed;  // in order of offsets
  std::size_t total = 0;
  for (MemoryBlock* block : by_size) {
    const std::size_t size = (block->floats + kAlignment - 1) / kAlignment * kAlignment;
    std::size_t offset = 0;
    for (const MemoryBlock* other : placed) {
      if (!overlap_in_time(*block, *other)) continue;
      if (offset + size <= other->offset) break;
      const std::size_t end =
          other->offset + (other->floats + kAlignment - 1) / kAlignment * kAlignment;
      offset = std::max(offset, end);
    }
    block->offset = offset;
    total = std::max(total, offset + size);
    placed.insert(
        std::upper_bound(placed.begin(), placed.end(), block,
                         [](const auto* a, const auto* b) { return a->offset < b->offset; }),
        block);
  }
  return total;
}

}  // namespace dk::model
