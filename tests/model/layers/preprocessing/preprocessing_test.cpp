// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/layers/rnn/layer_run.hpp"

namespace dk::model {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Normalization, UsesItsConfigOrItsWeights) {
  LayerRun given("Normalization", R"({"mean": [1, 2], "variance": [4, 0]})", {{2}});
  given.inputs = {{5, 2}};
  EXPECT_THAT(given.forward()[0], ElementsAre(2, 0));
  EXPECT_TRUE(given.weights.empty());
  LayerRun adapted("Normalization", "{}", {{2}});
  ASSERT_EQ(adapted.weights.size(), 3U);
  adapted.weights = {{1, 2}, {4, 16}, {7}};
  adapted.inputs = {{5, 2}};
  EXPECT_THAT(adapted.forward()[0], ElementsAre(2, 0));
}

TEST(Normalization, InvertUndoesIt) {
  LayerRun run("Normalization", R"({"mean": [1, 2], "variance": [4, 16], "invert": true})", {{2}});
  run.inputs = {{2, 0}};
  EXPECT_THAT(run.forward()[0], ElementsAre(5, 2));
}

TEST(Normalization, RefusesNumbersThatDoNotFit) {
  EXPECT_THAT(why_not("Normalization", R"({"mean": [1, 2], "variance": [1, 2]})", {{3}}),
              HasSubstr("they need 1 or 3"));
  EXPECT_THAT(why_not("Normalization", R"({"mean": [1, 2]})"), HasSubstr("both or none"));
}

TEST(Rescaling, ScalesAllOrEachChannel) {
  LayerRun all("Rescaling", R"({"scale": 0.5, "offset": -1})", {{2, 2}});
  all.inputs = {{2, 4, 6, 8}};
  EXPECT_THAT(all.forward()[0], ElementsAre(0, 1, 2, 3));
  LayerRun channels("Rescaling", R"({"scale": [1, 2]})", {{2, 2}});
  channels.inputs = all.inputs;
  EXPECT_THAT(channels.forward()[0], ElementsAre(2, 8, 6, 16));
  EXPECT_THAT(why_not("Rescaling", R"({"scale": [1, 2]})", {{3}}), HasSubstr("scale has 2"));
  EXPECT_THAT(why_not("Rescaling", "{}"), HasSubstr("scale is missing"));
}

}  // namespace
}  // namespace dk::model
