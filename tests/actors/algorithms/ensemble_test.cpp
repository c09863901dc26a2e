// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/ensemble.hpp"

#include "actors/algorithms/registry.hpp"

#include <gmock/gmock.h>

namespace dk {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::json;

std::string refusal(const Json& parameters) {
  const auto made = make_algorithm({"ensemble", parameters}, 4);
  return made ? "accepted" : made.error().message;
}

TEST(Ensemble, TrainsAsManyModelsAsWorkers) {
  const auto ensemble = *make_algorithm({"ensemble", {{"models", 4}}}, 1);
  EXPECT_EQ(ensemble->members(), 4U);
  EXPECT_EQ(ensemble->max_workers(), 4U);
  EXPECT_THAT(ensemble->member_weights(), ElementsAre(0.25F, 0.25F, 0.25F, 0.25F));
}

TEST(Ensemble, WeighsItsMembersWhenToldTo) {
  const auto ensemble = *make_algorithm(
      {"ensemble", {{"models", 2}, {"combiner", "weighted"}, {"weights", Json::array({3, 1})}}}, 2);
  EXPECT_THAT(ensemble->member_weights(), ElementsAre(0.75F, 0.25F));
}

TEST(Ensemble, RefusesWhatDoesNotFitTogether) {
  EXPECT_THAT(refusal({{"models", 1}}), HasSubstr("'models' is 1, allowed: 2 to 64"));
  EXPECT_THAT(refusal({{"combiner", "weighted"}}), HasSubstr("needs 'weights'"));
  EXPECT_THAT(refusal({{"weights", Json::array({1, 2})}}), HasSubstr("combiner 'weighted'"));
  EXPECT_THAT(refusal({{"combiner", "weighted"}, {"weights", Json::array({1, -2})}}),
              HasSubstr("a list of numbers above 0"));
  EXPECT_THAT(refusal({{"combiner", "weighted"}, {"weights", 3}}),
              HasSubstr("a list of numbers above 0"));
}

}  // namespace
}  // namespace dk
