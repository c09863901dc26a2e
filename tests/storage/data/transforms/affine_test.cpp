// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/transforms/affine.hpp"

#include "tests/storage/data/transforms/rows.hpp"

namespace dk::storage {
namespace {

TEST(MinMax, MapsOneIntervalToAnother) {
  const auto pipeline = made(R"([{"min_max": {"from": [0, 200], "to": [-1, 1]}}])", columns({"a"}));
  // -1 + 2 * x / 200
  EXPECT_THAT(apply(pipeline, {0, 50, 200, 250})->x, ElementsAre(-1, -0.5F, 1, 1.5F));
}

TEST(MinMax, TakesTheNamesOfDistKeras) {
  const auto pipeline = made(
      R"([{"min_max": {"o_min": 0, "o_max": 250, "n_min": 0, "n_max": 1, "input_col": "a",
                       "output_col": "a_normalized"}}])",
      columns({"a"}));
  EXPECT_THAT(apply(pipeline, {0, 125, 255})->x, ElementsAre(0, 0.5F, testing::FloatEq(1.02F)));
  EXPECT_EQ(pipeline.schema().features.front().name, "a_normalized");
}

TEST(MinMax, WithoutFromTakesEachColumnsRange) {
  const MemoryReader training(columns({"a", "b"}), {1, 10, 5, 30, 3, 20, 2, 10});
  const auto pipeline = fitted(R"([{"min_max": {}}])", training);
  // a: (x - 1) / 4; b: (x - 10) / 20
  EXPECT_THAT(apply(pipeline, {3, 15, 9, 10})->x, ElementsAre(0.5F, 0.25F, 2, 0));
}

TEST(MinMax, MakesAConstantColumnTheLowerEnd) {
  const MemoryReader training(columns({"a"}), {7, 7, 7});
  const auto pipeline = fitted(R"([{"min_max": {"to": [-1, 1]}}])", training);
  EXPECT_THAT(apply(pipeline, {7, 9})->x, ElementsAre(-1, -1));
}

TEST(MinMax, RefusesWhatIsNoInterval) {
  const auto one = columns({"a"});
  EXPECT_EQ(refusal(R"([{"min_max": {"from": [255, 0]}}])", one),
            "transform[0]: min_max: from is [255, 0]; allowed: [min, max] with min below max");
  EXPECT_THAT(refusal(R"([{"min_max": {"from": 255}}])", one), HasSubstr("two finite numbers"));
  EXPECT_THAT(refusal(R"([{"min_max": {"o_max": 255}}])", one), HasSubstr("both o_min and o_max"));
  EXPECT_THAT(refusal(R"([{"min_max": {"fom": [0, 1]}}])", one),
              HasSubstr("'fom' is not known (did you mean 'from'?)"));
}

TEST(Standard, DividesByThePopulationDeviation) {
  // a: mean 5, squares 16+4+4+4+0+0+4+16 = 32 (of 2,4,4,4,5,5,7,9), variance 4, deviation 2
  const MemoryReader training(columns({"a"}), {2, 4, 4, 4, 5, 5, 7, 9});
  const auto pipeline = fitted(R"([{"standard": {}}])", training);
  EXPECT_THAT(apply(pipeline, {2, 5, 9})->x, ElementsAre(-1.5F, 0, 2));
}

TEST(Standard, CountsADeviationOfZeroAsOne) {
  const MemoryReader training(columns({"a"}), {0.1F, 0.1F, 0.1F, 0.1F, 0.1F});
  const auto pipeline = fitted(R"([{"standard": {}}])", training);
  EXPECT_THAT(apply(pipeline, {0.1F, 2.1F})->x, ElementsAre(0, testing::FloatEq(2)));
}

TEST(Standard, LosesNothingOnColumnsFarFromZero) {
  constexpr double kDeviation = 1.4142135623730951;  // sqrt((4 + 1 + 0 + 1 + 4) / 5)
  constexpr float kTolerance = 1e-6F;
  const MemoryReader training(columns({"a"}), {1000001, 1000002, 1000003, 1000004, 1000005});
  const auto pipeline = fitted(R"([{"standard": {}}])", training);
  const auto rows = apply(pipeline, {1000001, 1000004});
  ASSERT_TRUE(rows);
  EXPECT_NEAR(rows->x[0], -2 / kDeviation, kTolerance);
  EXPECT_NEAR(rows->x[1], 1 / kDeviation, kTolerance);
}

TEST(Standard, TakesColumnsAndASuffix) {
  const MemoryReader training(columns({"a", "b"}), {1, 1, 1, 3});
  const auto pipeline =
      fitted(R"([{"standard": {"columns": ["b"], "suffix": "_normalized"}}])", training);
  EXPECT_THAT(apply(pipeline, {7, 3})->x, ElementsAre(7, 1));
  EXPECT_EQ(pipeline.schema(), columns({"a", "b_normalized"}));
}

TEST(Scale, MultipliesAndAdds) {
  const auto pipeline =
      made(R"([{"scale": {"scale": 2, "offset": -1}}, {"scale": 0.5}])", columns({"a"}));
  EXPECT_THAT(apply(pipeline, {0, 3})->x, ElementsAre(-0.5F, 2.5F));
}

TEST(AffineSteps, BecomeOneFloatPass) {
  const auto bytes =
      made(R"([{"min_max": {"from": [0, 255]}}, {"scale": {"scale": 2, "offset": -1}}])",
           columns({"a", "b"}));
  const auto affine = bytes.feature_affine();
  ASSERT_TRUE(affine);
  EXPECT_FLOAT_EQ(affine->scale, 2.0F / 255);
  EXPECT_FLOAT_EQ(affine->shift, -1);
  const auto rows = apply(bytes, {17, 255});
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->x[0], 17 * affine->scale + affine->shift);
}

TEST(AffineSteps, AreNoFloatPassWhereColumnsDifferOrFloatsWouldLose) {
  EXPECT_FALSE(
      made(R"([{"scale": {"scale": 2, "columns": ["a"]}}])", columns({"a", "b"})).feature_affine());
  EXPECT_FALSE(
      made(R"([{"min_max": {"from": [1000000, 1000001]}}])", columns({"a"})).feature_affine());
  EXPECT_FALSE(made(R"([{"clip": [0, 1]}])", columns({"a"})).feature_affine());
}

}  // namespace
}  // namespace dk::storage
