// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/attention/attention.hpp"

#include "tests/model/layers/rnn/layer_run.hpp"

namespace dk::model {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;

constexpr float kTolerance = 1e-6F;

/// Query 1 and keys 0 and 1 with the values 0 and 1: y is the sigmoid of the scores' difference.
LayerRun two_keys(const char* class_name, const std::string& config) {
  LayerRun run(class_name, config, {{1, 1}, {2, 1}});
  run.inputs = {{1}, {0, 1}};
  return run;
}

TEST(Attention, ScoresByTheProduct) {
  // 1 / (1 + e^-1)
  EXPECT_THAT(two_keys("Attention", "{}").forward()[0],
              ElementsAre(FloatNear(0.7310586F, kTolerance)));
}

TEST(Attention, ScalesTheProduct) {
  auto run = two_keys("Attention", R"({"use_scale": true})");
  run.weights = {{2}};
  // 1 / (1 + e^-2)
  EXPECT_THAT(run.forward()[0], ElementsAre(FloatNear(0.8807971F, kTolerance)));
}

TEST(Attention, ScoresByTanhWithAWeight) {
  auto run = two_keys("Attention", R"({"score_mode": "concat"})");
  run.weights = {{3}};
  // 3 * (tanh 2 - tanh 1) = 0.6073005; its sigmoid
  EXPECT_THAT(run.forward()[0], ElementsAre(FloatNear(0.6473239F, kTolerance)));
}

TEST(AdditiveAttention, ScalesEachFeaturesTanh) {
  auto run = two_keys("AdditiveAttention", "{}");
  run.weights = {{3}};
  EXPECT_THAT(run.forward()[0], ElementsAre(FloatNear(0.6473239F, kTolerance)));
}

TEST(Attention, SeesNoPaddedValueAndGivesZeroForAPaddedQuery) {
  LayerRun run("Attention", "{}", {{2, 1}, {3, 1}});
  run.inputs = {{0, 0}, {1, 3, 8}};
  run.masks = {{1, 0}, {1, 1, 0}};
  EXPECT_THAT(run.forward()[0], ElementsAre(2, 0));
}

TEST(Attention, SeesNothingAhead) {
  LayerRun run("Attention", R"({"use_causal_mask": true})", {{3, 1}, {3, 1}});
  run.inputs = {{0, 0, 0}, {1, 3, 8}};
  EXPECT_THAT(run.forward()[0], ElementsAre(1, 2, 4));
}

TEST(Attention, HasGradientsAsFiniteDifferencesSayWithMasks) {
  for (const char* config : {R"({"use_scale": true, "dropout": 0.2})",
                             R"({"score_mode": "concat", "use_scale": true})"}) {
    LayerRun run("Attention", config, {{3, 2}, {4, 3}, {4, 2}}, 2);
    run.masks[0] = {1, 1, 1, 1, 1, 0};
    run.masks[1] = {1, 1, 0, 0, 1, 1, 1, 1};
    run.check_gradients();
  }
}

TEST(Attention, NamesWhatDoesNotFit) {
  EXPECT_EQ(why_not("Attention", "{}", {{3, 5}, {4, 2}}),
            "the key (4, 2) must have the value's steps 4 and the query's 5 features");
  EXPECT_THAT(why_not("Attention", R"({"score_mode": "cosine"})"), HasSubstr("score_mode"));
  EXPECT_THAT(why_not("AdditiveAttention", R"({"score_mode": "dot"})"), HasSubstr("score_mode"));
}

}  // namespace
}  // namespace dk::model
