// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-chaos/soak.hpp"

#include <gmock/gmock.h>

namespace dk::chaos {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

json outcome(std::uint64_t visited, std::uint64_t applied, double accuracy) {
  return {{"event", "finished"},
          {"account", json::array({{{"epoch", 1}, {"visited", visited}}})},
          {"updates", {{"applied", applied}}},
          {"test", {{"accuracy", accuracy}}}};
}

const json kUndisturbed = outcome(60'000, 375, 0.84);

TEST(Soak, FindsNothingWrongWithAJobThatEndsAsItDoesUndisturbed) {
  EXPECT_THAT(faults_of(outcome(60'000, 375, 0.85), kUndisturbed, 0.02), IsEmpty());
}

TEST(Soak, SaysWhatIsWrong) {
  EXPECT_THAT(faults_of(outcome(59'968, 375, 0.84), kUndisturbed, 0.02),
              ElementsAre("epoch 1 visited 59968 samples instead of 60000"));
  EXPECT_THAT(faults_of(outcome(60'000, 376, 0.84), kUndisturbed, 0.02),
              ElementsAre("376 updates instead of 375"));
  EXPECT_THAT(faults_of(outcome(60'000, 375, 0.81), kUndisturbed, 0.02),
              ElementsAre("accuracy 0.8100, undisturbed 0.8400"));
  EXPECT_THAT(faults_of({{"event", "failed"}, {"reason", "no machine"}}, kUndisturbed, 0.02),
              ElementsAre("failed: no machine"));
}

TEST(Soak, MissesAnEpochThatIsNotInTheAccountAtAll) {
  auto short_one = outcome(60'000, 375, 0.84);
  short_one["account"] = json::array();
  EXPECT_THAT(faults_of(short_one, kUndisturbed, 0.02),
              ElementsAre(HasSubstr("visited 0 samples")));
}

TEST(Faults, AreTheSameAgainWithTheSameSeed) {
  Random first(7);
  Random second(7);
  for (int draw = 0; draw < 100; ++draw) EXPECT_EQ(below(first, 10), below(second, 10));
}

}  // namespace
}  // namespace dk::chaos
