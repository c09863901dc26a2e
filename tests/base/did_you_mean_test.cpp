// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/did_you_mean.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace dk {
namespace {

const std::vector<std::string> kChoices = {"momentum", "rho", "window"};

TEST(DidYouMean, NamesTheClosestChoiceAndAllThatAreAllowed) {
  EXPECT_EQ(did_you_mean("windw", kChoices),
            " (did you mean 'window'?), allowed: momentum, rho, window");
}

TEST(DidYouMean, SuggestsNothingForAWordLikeNoneOfThem) {
  EXPECT_EQ(did_you_mean("learning_rate", kChoices), ", allowed: momentum, rho, window");
}

TEST(DidYouMean, TakesNoTimeOverAHugeWord) {
  EXPECT_EQ(did_you_mean(std::string(100'000'000, 'w'), kChoices),
            ", allowed: momentum, rho, window");
}

}  // namespace
}  // namespace dk
