// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/layers/rnn/layer_run.hpp"

#include <array>
#include <cmath>

namespace dk::model {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Floats merged(const char* class_name, std::vector<Shape> shapes, std::vector<Floats> inputs,
              const char* config = "{}") {
  LayerRun run(class_name, config, std::move(shapes));
  run.inputs = std::move(inputs);
  return run.forward()[0];
}

TEST(Merge, WorksElementByElement) {
  const std::vector<Shape> shapes{{2}, {2}, {2}};
  const std::vector<Floats> inputs{{1, 6}, {2, 4}, {3, 8}};
  EXPECT_THAT(merged("Add", shapes, inputs), ElementsAre(6, 18));
  EXPECT_THAT(merged("Multiply", shapes, inputs), ElementsAre(6, 192));
  EXPECT_THAT(merged("Average", shapes, inputs), ElementsAre(2, 6));
  EXPECT_THAT(merged("Maximum", shapes, inputs), ElementsAre(3, 8));
  EXPECT_THAT(merged("Minimum", shapes, inputs), ElementsAre(1, 4));
  EXPECT_THAT(merged("Subtract", {{2}, {2}}, {{1, 6}, {2, 4}}), ElementsAre(-1, 2));
  EXPECT_THAT(merged("Add", {{2}}, {{1, 6}}), ElementsAre(1, 6));
}

TEST(Merge, RepeatsAxesOfSizeOneAndMissingOnes) {
  // (2, 2) + (2) + (2, 1)
  EXPECT_THAT(merged("Add", {{2, 2}, {2}, {2, 1}}, {{1, 2, 3, 4}, {10, 20}, {100, 200}}),
              ElementsAre(111, 122, 213, 224));
  // (2, 1) - (1, 2)
  EXPECT_THAT(merged("Subtract", {{2, 1}, {1, 2}}, {{1, 2}, {10, 20}}),
              ElementsAre(-9, -19, -8, -18));
  EXPECT_THAT(why_not("Add", "{}", {{2, 2}, {3}}), HasSubstr("(2, 2) and (3,) do not fit"));
  EXPECT_THAT(why_not("Subtract", "{}", {{2}, {2}, {2}}), HasSubstr("takes 2 inputs, not 3"));
}

TEST(Merge, GradientOfARepeatedInputIsTheSum) {
  LayerRun run("Add", "{}", {{2, 2}, {2}, {2, 1}});
  run.forward();
  run.backward({{1, 2, 3, 4}});
  EXPECT_THAT(run.in_gradients[0], ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(run.in_gradients[1], ElementsAre(4, 6));
  EXPECT_THAT(run.in_gradients[2], ElementsAre(3, 7));
}

TEST(Merge, OfEqualElementsTheFirstGetsTheGradient) {
  LayerRun run("Maximum", "{}", {{3}, {3}, {3}});
  run.inputs = {{1, 5, 0}, {2, 5, 0}, {2, 1, 3}};
  run.forward();
  run.backward({{1, 1, 1}});
  EXPECT_THAT(run.in_gradients[0], ElementsAre(0, 1, 0));
  EXPECT_THAT(run.in_gradients[1], ElementsAre(1, 0, 0));
  EXPECT_THAT(run.in_gradients[2], ElementsAre(0, 0, 1));
}

TEST(Merge, MaximumLetsNanThrough) {
  EXPECT_TRUE(std::isnan(merged("Maximum", {{1}, {1}}, {{NAN}, {1}})[0]));
  EXPECT_TRUE(std::isnan(merged("Minimum", {{1}, {1}}, {{1}, {NAN}})[0]));
}

/// The mask that a layer makes of these, or an empty one.
Floats mask_of(LayerRun& run, const Floats& first, const Floats& second, std::size_t steps) {
  const std::array<bool, 2> masked{!first.empty(), !second.empty()};
  if (run.layer().mask_rule(masked) != MaskRule::kMake) return {};
  const std::array<const float*, 2> masks{first.empty() ? nullptr : first.data(),
                                          second.empty() ? nullptr : second.data()};
  Floats mask(steps, 9.0F);
  run.layer().make_mask({.masks = masks, .n = 1}, mask.data());
  return mask;
}

TEST(Merge, StepCountsThatCountsInAllMasks) {
  LayerRun run("Add", "{}", {{3, 2}, {3, 2}});
  EXPECT_THAT(mask_of(run, {1, 1, 0}, {1, 0, 0}, 3), ElementsAre(1, 0, 0));
  EXPECT_THAT(mask_of(run, {}, {1, 0, 1}, 3), ElementsAre(1, 0, 1));
  EXPECT_THAT(mask_of(run, {}, {}, 3), ElementsAre());
}

TEST(Concatenate, JoinsMasksAsItJoinsSteps) {
  LayerRun steps("Concatenate", R"({"axis": 1})", {{2, 2}, {1, 2}});
  EXPECT_THAT(mask_of(steps, {1, 0}, {}, 3), ElementsAre(1, 0, 1));
  EXPECT_THAT(mask_of(steps, {}, {0}, 3), ElementsAre(1, 1, 0));
  LayerRun features("Concatenate", "{}", {{2, 2}, {2, 1}});
  EXPECT_THAT(mask_of(features, {1, 0}, {1, 1}, 2), ElementsAre(1, 0));
}

TEST(Concatenate, PutsInputsBehindOneAnother) {
  EXPECT_THAT(merged("Concatenate", {{2, 1}, {2, 2}}, {{1, 2}, {3, 4, 5, 6}}),
              ElementsAre(1, 3, 4, 2, 5, 6));
  EXPECT_THAT(merged("Concatenate", {{1, 2}, {2, 2}}, {{1, 2}, {3, 4, 5, 6}}, R"({"axis": 1})"),
              ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(why_not("Concatenate", "{}", {{2, 1}, {3, 1}}), HasSubstr("differ in more than"));
  EXPECT_THAT(why_not("Concatenate", R"({"axis": 0})", {{2}, {2}}), HasSubstr("axis 0 is none"));
}

TEST(Dot, SumsOverTheNamedAxes) {
  // (1 2) . (3 4) = 11
  EXPECT_THAT(merged("Dot", {{2}, {2}}, {{1, 2}, {3, 4}}, R"({"axes": 1})"), ElementsAre(11));
  // (1 2 / 3 4) * (5 / 6) = (17 / 39)
  EXPECT_THAT(merged("Dot", {{2, 2}, {2, 1}}, {{1, 2, 3, 4}, {5, 6}}, R"({"axes": [2, 1]})"),
              ElementsAre(17, 39));
  // With the first transposed: (1 3 / 2 4) * (5 / 6) = (23 / 34)
  EXPECT_THAT(merged("Dot", {{2, 2}, {2, 1}}, {{1, 2, 3, 4}, {5, 6}}, R"({"axes": 1})"),
              ElementsAre(23, 34));
  EXPECT_THAT(why_not("Dot", R"({"axes": 1})", {{2}, {3}}), HasSubstr("differ in size"));
  EXPECT_THAT(why_not("Dot", "{}"), HasSubstr("axes must be"));
}

TEST(Dot, NormalizedIsTheCosine) {
  const Floats cosine =
      merged("Dot", {{2}, {2}}, {{3, 4}, {4, 3}}, R"({"axes": 1, "normalize": true})");
  EXPECT_FLOAT_EQ(cosine[0], 0.96F);  // (3 * 4 + 4 * 3) / (5 * 5)
  EXPECT_EQ(merged("Dot", {{2}, {2}}, {{0, 0}, {4, 3}}, R"({"axes": 1, "normalize": true})")[0], 0);
}

}  // namespace
}  // namespace dk::model
