// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/graph/memory_plan.hpp"

#include "base/random.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace dk::model {
namespace {

TEST(MemoryPlan, ReusesMemoryOfWhatIsOver) {
  std::vector<MemoryBlock> blocks{{160, 0, 1}, {160, 1, 2}, {160, 2, 3}};
  EXPECT_EQ(plan_memory(blocks), 320U);
  EXPECT_EQ(blocks[0].offset, blocks[2].offset);
}

TEST(MemoryPlan, PutsASmallBlockIntoTheGapBetweenTwoOthers) {
  // The middle of three that live at once ends early; a smaller one takes its place.
  std::vector<MemoryBlock> blocks{{64, 0, 9}, {48, 0, 4}, {32, 0, 9}, {16, 5, 9}};
  EXPECT_EQ(plan_memory(blocks), 144U);
}

TEST(MemoryPlan, AlignsEveryBlockTo64Bytes) {
  std::vector<MemoryBlock> blocks{{1, 0, 1}, {1, 0, 1}, {17, 0, 1}};
  EXPECT_EQ(plan_memory(blocks), 64U);
  for (const auto& block : blocks) EXPECT_EQ(block.offset % 16, 0U);
}

TEST(MemoryPlan, NeverLetsTwoLiveBlocksOverlap) {
  constexpr std::uint64_t kSeed = 3;
  Random random(kSeed);
  std::vector<MemoryBlock> blocks(200);
  for (auto& block : blocks) {
    block.floats = 1 + random.below(500);
    block.first = static_cast<std::uint32_t>(random.below(100));
    block.last = block.first + static_cast<std::uint32_t>(random.below(20));
  }
  const std::size_t total = plan_memory(blocks);
  for (const auto& a : blocks) {
    EXPECT_LE(a.offset + a.floats, total);
    for (const auto& b : blocks) {
      if (&a == &b || a.last < b.first || b.last < a.first) continue;
      EXPECT_TRUE(a.offset + a.floats <= b.offset || b.offset + b.floats <= a.offset);
    }
  }
}

}  // namespace
}  // namespace dk::model
