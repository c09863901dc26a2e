// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/worker_memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace dk {
namespace {

using testing::ElementsAre;

class WorkerMemoryTest : public testing::Test {
 protected:
  static std::vector<float> values(const WorkerMemory::Kept& kept) {
    return {kept.floats.get(), kept.floats.get() + kept.count};
  }

  std::vector<float> slots{1, 2};
  std::vector<float> theta{3};
  std::vector<std::span<float>> parts{slots, theta};
  WorkerMemory memory;
};

TEST_F(WorkerMemoryTest, KnowsNothingAtFirst) {
  EXPECT_EQ(memory.newest().count, 0U);
}

TEST_F(WorkerMemoryTest, IsACopyOfAllPartsAsOfTheCommit) {
  memory.save(5, parts);
  slots[0] = 9;
  EXPECT_EQ(memory.newest().sequence, 5U);
  EXPECT_THAT(values(memory.newest()), ElementsAre(1, 2, 3));
}

TEST_F(WorkerMemoryTest, WhatIsBeingReadDoesNotChange) {
  memory.save(1, parts);
  const auto read = memory.newest();
  for (std::uint64_t sequence = 2; sequence < 5; ++sequence) {
    slots[0] = static_cast<float>(sequence * 10);
    memory.save(sequence, parts);
  }
  EXPECT_THAT(values(read), ElementsAre(1, 2, 3));
  EXPECT_THAT(values(memory.newest()), ElementsAre(40, 2, 3));
}

TEST_F(WorkerMemoryTest, TwoBuffersAreEnoughWhileNobodyReads) {
  memory.save(1, parts);
  const auto* first = memory.newest().floats.get();
  memory.save(2, parts);
  memory.save(3, parts);
  EXPECT_EQ(memory.newest().floats.get(), first);
}

TEST_F(WorkerMemoryTest, IsRestoredIntoTheSameParts) {
  const std::vector<float> kept{7, 8, 9};
  EXPECT_TRUE(WorkerMemory::restore(kept, parts));
  EXPECT_THAT(slots, ElementsAre(7, 8));
  EXPECT_THAT(theta, ElementsAre(9));
}

TEST_F(WorkerMemoryTest, ThatOfAnotherModelIsRefusedWhole) {
  const std::vector<float> kept{7, 8};
  EXPECT_FALSE(WorkerMemory::restore(kept, parts));
  EXPECT_THAT(slots, ElementsAre(1, 2));
}

}  // namespace
}  // namespace dk
