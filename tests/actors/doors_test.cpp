// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/doors.hpp"

#include <gmock/gmock.h>

namespace dk {
namespace {

using ::testing::ElementsAre;

Peer at(const std::string& host) {
  return {host, 7301, {}};
}

/// The doors of one round, the one at hand first.
std::vector<std::string> round(Doors& doors) {
  std::vector<std::string> tried{doors.current().host};
  while (doors.next()) tried.push_back(doors.current().host);
  return tried;
}

TEST(DoorsTest, TriesEachDoorOnceInARound) {
  Doors doors(at("a"), {at("b"), at("c"), at("b")});
  EXPECT_THAT(round(doors), ElementsAre("a", "b", "c"));
  EXPECT_THAT(round(doors), ElementsAre("a", "b", "c"));
}

TEST(DoorsTest, OneDoorAloneIsTriedAgainAndAgainAlsoAfterItsLoss) {
  Doors doors(at("a"));
  doors.lost();
  EXPECT_THAT(round(doors), ElementsAre("a"));
  EXPECT_THAT(round(doors), ElementsAre("a"));
}

TEST(DoorsTest, ADoorThatWasLostIsLeftOutForAWhile) {
  Doors doors(at("a"), {at("b"), at("c")});
  doors.lost();
  for (int i = 0; i < 8; ++i) EXPECT_THAT(round(doors), ElementsAre("b", "c"));
  EXPECT_THAT(round(doors), ElementsAre("b", "c", "a"));
}

TEST(DoorsTest, TheSupervisorsWordReplacesTheDoorsButForTheOneAtHand) {
  Doors doors(at("a"), {at("x")});
  EXPECT_TRUE(doors.hear({3, {at("b"), at("c")}}));
  EXPECT_THAT(round(doors), ElementsAre("a", "b", "c"));
}

TEST(DoorsTest, ASupervisorOfALowerTermIsNotHeard) {
  Doors doors(at("a"));
  EXPECT_TRUE(doors.hear({3, {at("a")}}));
  EXPECT_FALSE(doors.hear({2, {at("a"), at("b")}}));
  EXPECT_TRUE(doors.hear({3, {at("a"), at("b")}}));
  EXPECT_THAT(round(doors), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace dk
