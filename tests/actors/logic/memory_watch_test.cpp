// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/memory_watch.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace dk {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

std::optional<std::size_t> beyond(const std::vector<std::uint64_t>& used, std::uint64_t limit) {
  return beyond_memory(used, limit);
}

TEST(MemoryWatch, NobodyGoesAsLongAsAllFit) {
  EXPECT_EQ(beyond({}, 0), std::nullopt);
  EXPECT_EQ(beyond({5, 5}, 10), std::nullopt);
}

TEST(MemoryWatch, TheLargestGoesAndOfEqualOnesTheLast) {
  EXPECT_EQ(beyond({5, 7, 6}, 10), 1U);
  EXPECT_EQ(beyond({7, 5, 7}, 10), 2U);
  EXPECT_EQ(beyond({11}, 10), 0U);
}

TEST(MemoryWatch, SizesAreForPeople) {
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(1536 * kMiB), "1.5 GiB");
  EXPECT_EQ(bytes_text(300 * kMiB), "300 MiB");
  EXPECT_EQ(bytes_text(64ULL << 30), "64 GiB");
}

TEST(MemoryWatch, TheVerdictNamesTheCauseAndTheNode) {
  EXPECT_EQ(memory_verdict(300 * kMiB, 300 * kMiB, 256 * kMiB, "b"),
            "ended by node b for its memory: it used 300 MiB; limits.memory is 256 MiB");
  EXPECT_EQ(memory_verdict(300 * kMiB, 400 * kMiB, 256 * kMiB, "b"),
            "ended by node b for its memory: it used 300 MiB, all executors there 400 MiB; "
            "limits.memory is 256 MiB");
}

}  // namespace
}  // namespace dk
