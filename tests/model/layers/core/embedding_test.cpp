// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/layers/rnn/layer_run.hpp"

#include <cmath>

namespace dk::model {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Floats kRows{1, 2, 3, 4, 5, 6};  // (3, 2)

TEST(Embedding, TakesTheRowsThatTheIndicesName) {
  LayerRun run("Embedding", R"({"input_dim": 3, "output_dim": 2})", {{3}});
  run.weights = {kRows};
  run.inputs = {{2, 0, 1.9F}};  // Cut off toward 0, as Keras' cast.
  EXPECT_THAT(run.forward()[0], ElementsAre(5, 6, 1, 2, 3, 4));
}

TEST(Embedding, IndexOutsideGivesNanAndTeachesNothing) {
  LayerRun run("Embedding", R"({"input_dim": 3, "output_dim": 2})", {{5}});
  run.weights = {kRows};
  run.inputs = {{3, -1, NAN, 1e30F, 1}};
  const Floats out = run.forward()[0];
  for (std::size_t i = 0; i < 8; ++i) EXPECT_TRUE(std::isnan(out[i])) << i;
  EXPECT_EQ(out[8], 3);
  run.backward({Floats(10, 1.0F)});
  EXPECT_THAT(run.gradients[0], ElementsAre(0, 0, 1, 1, 0, 0));
}

TEST(Embedding, SumsTheGradientsOfARowThatIsNamedTwice) {
  LayerRun run("Embedding", R"({"input_dim": 3, "output_dim": 2})", {{3}});
  run.inputs = {{1, 2, 1}};
  run.gradients = {Floats(6, 9.0F)};
  run.forward();
  run.backward({{1, 2, 3, 4, 5, 6}});
  EXPECT_THAT(run.gradients[0], ElementsAre(0, 0, 6, 8, 3, 4));
  EXPECT_THAT(run.in_gradients[0], ElementsAre(0, 0, 0));
}

TEST(Embedding, MasksZeroOnlyWhenAsked) {
  LayerRun run("Embedding", R"({"input_dim": 3, "output_dim": 2, "mask_zero": true})", {{3}});
  run.inputs = {{1, 0, 2}};
  Floats mask(3, 9.0F);
  const float* in = run.inputs[0].data();
  EXPECT_EQ(run.layer().mask_rule({}), MaskRule::kMake);
  EXPECT_THAT(run.layer().mask_shape(), ElementsAre(3));
  run.layer().make_mask({.inputs = {&in, 1}, .n = 1}, mask.data());
  EXPECT_THAT(mask, ElementsAre(1, 0, 1));
  LayerRun plain("Embedding", R"({"input_dim": 3, "output_dim": 2})", {{3}});
  EXPECT_EQ(plain.layer().mask_rule({}), MaskRule::kDrop);
}

TEST(Embedding, RefusesWhatItCannotHonour) {
  EXPECT_THAT(
      why_not("Embedding", R"({"input_dim": 3, "output_dim": 2, "input_length": 4})", {{5}}),
      HasSubstr("input_length is 4, but the input is (5,)"));
  EXPECT_THAT(why_not("Embedding", R"({"input_dim": 16777217, "output_dim": 2})"),
              HasSubstr("at most 16777216"));
  EXPECT_THAT(why_not("Embedding", R"({"input_dim": 3, "output_dim": 2, "sparse": true})"),
              HasSubstr("sparse is true"));
}

TEST(Masking, StepsOfTheMaskValueAreZeroedAndMasked) {
  LayerRun run("Masking", R"({"mask_value": -1})", {{3, 2}});
  run.inputs = {{-1, -1, -1, 5, 0, 0}};
  EXPECT_THAT(run.forward()[0], ElementsAre(0, 0, -1, 5, 0, 0));
  Floats mask(3, 9.0F);
  const float* in = run.inputs[0].data();
  run.layer().make_mask({.inputs = {&in, 1}, .n = 1}, mask.data());
  EXPECT_THAT(mask, ElementsAre(0, 1, 1));
  run.backward({{1, 2, 3, 4, 5, 6}});
  EXPECT_THAT(run.in_gradients[0], ElementsAre(0, 0, 3, 4, 5, 6));
}

}  // namespace
}  // namespace dk::model
