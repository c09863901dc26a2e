// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/gather.hpp"

#include <caf/sec.hpp>
#include <gmock/gmock.h>

namespace dk::test {
namespace {

using ::testing::ElementsAre;

class GatherTest : public ::testing::Test {
 protected:
  std::shared_ptr<Gather<int>> of(std::size_t count) {
    return Gather<int>::of(
        count,
        [this](std::vector<int> all) {
          values = std::move(all);
          ++done;
        },
        [this](const caf::error&) { ++failed; });
  }
  static void give(const std::shared_ptr<Gather<int>>& gather, int value) {
    gather->value()(value);
  }

  std::vector<int> values;
  int done = 0;
  int failed = 0;
};

TEST_F(GatherTest, HandsOverEveryAnswerInTheOrderOfArrival) {
  const auto gather = of(2);
  give(gather, 5);
  EXPECT_EQ(done, 0);
  give(gather, 3);
  EXPECT_EQ(done, 1);
  EXPECT_THAT(values, ElementsAre(5, 3));
}

TEST_F(GatherTest, IsDoneAtOnceWithNothingToWaitFor) {
  of(0);
  EXPECT_EQ(done, 1);
}

TEST_F(GatherTest, FailsOnceWhateverComesAfterwards) {
  const auto gather = of(2);
  gather->error()(caf::sec::request_timeout);
  gather->error()(caf::sec::request_timeout);
  give(gather, 1);
  give(gather, 2);
  EXPECT_EQ(failed, 1);
  EXPECT_EQ(done, 0);
}

}  // namespace
}  // namespace dk::test
