// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/shard_floats.hpp"

#include "actors/defaults.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <numeric>
#include <thread>

namespace dk::test {
namespace {

using ::testing::Each;

constexpr std::uint64_t kCount = 2 * defaults::kPartFloats + 100;  // three parts

/// Weights and one slot: 0, 1, 2, ... through both.
class ShardFloatsTest : public ::testing::Test {
 protected:
  static std::shared_ptr<float> counted() {
    auto values = allocate_floats(2 * kCount);
    std::iota(values.get(), values.get() + 2 * kCount, 0.0F);
    return values;
  }
  void write(std::size_t vector, std::uint32_t part, float value) {
    std::ranges::fill(floats.writable(vector, part), value);
  }

  ShardFloats floats{counted(), kCount, 2};
};

TEST_F(ShardFloatsTest, TakesTheVectorsOverOneAfterTheOther) {
  const auto shared = floats.share();
  ASSERT_EQ(shared.size(), 2 * floats.parts().count());
  float expected = 0;
  for (const auto& part : shared) {
    for (const float value : part.span()) ASSERT_EQ(value, expected++);
  }
  EXPECT_EQ(expected, static_cast<float>(2 * kCount));
}

TEST_F(ShardFloatsTest, WritesInPlaceWhatNobodyElseHas) {
  const auto* before = floats.writable(0, 1).data();
  EXPECT_EQ(floats.writable(0, 1).data(), before);
  static_cast<void>(floats.share());
  EXPECT_EQ(floats.writable(0, 1).data(), before) << "whoever had it has let go";
}

TEST_F(ShardFloatsTest, CopiesThePartThatItWritesAndNoOther) {
  const auto shared = floats.share();
  write(1, 2, -1);
  for (std::size_t i = 0; i < shared.size(); ++i) {
    const auto now = floats.share()[i].span();
    EXPECT_EQ(now.data() == shared[i].span().data(), i != 5) << i;
  }
  EXPECT_EQ(shared[5].span().back(), static_cast<float>(2 * kCount - 1));
  EXPECT_THAT(floats.share()[5].span(), Each(-1.0F));
}

TEST_F(ShardFloatsTest, CopiesAPartOnceForEachShare) {
  const auto shared = floats.share();
  const auto* own = floats.writable(0, 0).data();
  EXPECT_NE(own, shared[0].span().data());
  EXPECT_EQ(floats.writable(0, 0).data(), own);
  const auto again = floats.share();
  EXPECT_NE(floats.writable(0, 0).data(), own);
}

TEST_F(ShardFloatsTest, WritesInPlaceAPartThatWasLetGoOfWhileOthersAreKept) {
  auto shared = floats.share();
  shared[0] = {};
  const auto* kept = shared[1].span().data();
  const auto* place = floats.share()[0].span().data();
  EXPECT_EQ(floats.writable(0, 0).data(), place);
  EXPECT_NE(floats.writable(0, 1).data(), kept);
}

TEST_F(ShardFloatsTest, ReadsAcrossTheBordersOfParts) {
  write(0, 1, -1);
  std::vector<float> read(defaults::kPartFloats);
  floats.copy(floats.parts().size(0) - 2, read);
  EXPECT_EQ(read[1], static_cast<float>(floats.parts().size(0) - 1));
  EXPECT_EQ(read[2], -1);
}

TEST_F(ShardFloatsTest, HasOnePartWhenItIsEmpty) {
  ShardFloats nothing(allocate_floats(0), 0, 1);
  EXPECT_EQ(nothing.share().size(), 1U);
  EXPECT_TRUE(nothing.writable(0, 0).empty());
}

TEST_F(ShardFloatsTest, StaysAsItWasForAReaderOnAnotherThread) {
  for (int round = 1; round <= 20; ++round) {
    const auto value = static_cast<float>(round);
    for (std::uint32_t part = 0; part < 3; ++part) write(0, part, value);
    std::atomic<bool> same{true};
    std::thread reader([shared = floats.share(), value, &same]() mutable {
      for (std::size_t part = 0; part < 3; ++part) {
        if (!std::ranges::all_of(shared[part].span(), [&](float x) { return x == value; }))
          same = false;
        shared[part] = {};
      }
    });
    for (std::uint32_t part = 0; part < 3; ++part) write(0, part, -value);
    reader.join();
    ASSERT_TRUE(same) << round;
  }
}

}  // namespace
}  // namespace dk::test
