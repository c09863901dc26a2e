// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/storage/data/transforms/rows.hpp"

#include <cmath>
#include <numeric>

namespace dk::storage {
namespace {

TEST(Reshape, GivesTheFeaturesOneShape) {
  const auto pipeline = made(R"([{"reshape": [2, -1]}])", columns({"a", "b", "c", "d"}));
  EXPECT_THAT(apply(pipeline, {1, 2, 3, 4})->x, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(pipeline.schema().features, ElementsAre(Field{"a", {2, 2}}));
  EXPECT_TRUE(pipeline.feature_affine());
}

TEST(Reshape, BringsScatteredColumnsTogether) {
  const auto pipeline =
      made(R"([{"reshape": {"shape": [2], "columns": ["a", "c"], "output_col": "ac"}}])",
           columns({"a", "b", "c", "d"}));
  EXPECT_THAT(apply(pipeline, {1, 2, 3, 4, 5, 6, 7, 8})->x, ElementsAre(1, 3, 2, 4, 5, 7, 6, 8));
  EXPECT_THAT(pipeline.schema().features,
              ElementsAre(Field{"ac", {2}}, Field{"b", {}}, Field{"d", {}}));
}

TEST(Reshape, RefusesAShapeOfAnotherSize) {
  const auto four = columns({"a", "b", "c", "d"});
  EXPECT_EQ(refusal(R"([{"reshape": [3, 2]}])", four),
            "transform[0]: reshape: shape is [3,2]; the columns have 4 numbers");
  for (const auto* shape :
       {"[3, -1]", "[-1, -1]", "[0, -1]", "[]", "[2.5]", "[1e30]", "[4, 4294967295, 4294967297]"}) {
    EXPECT_THAT(refusal(fmt::format(R"([{{"reshape": {}}}])", shape), four),
                HasSubstr("reshape: shape is"));
  }
}

TEST(Dense, PutsValuesInTheirPlaces) {
  const Schema schema{{{"index", {3}}, {"age", {}}, {"value", {3}}}, {}};
  const auto pipeline = made(
      R"([{"dense": {"size": 4, "indices": "index", "values": "value", "output_col": "words"}}])",
      schema);
  EXPECT_THAT(apply(pipeline, {3, 0, -1, 50, 7, 8, 9})->x, ElementsAre(8, 0, 0, 7, 50));
  EXPECT_THAT(pipeline.schema().features, ElementsAre(Field{"words", {4}}, Field{"age", {}}));
}

TEST(Dense, CountsIndicesWithoutValues) {
  const auto pipeline =
      made(R"([{"dense": {"size": 3, "indices": "words"}}])", Schema{{{"words", {4}}}, {}});
  EXPECT_THAT(apply(pipeline, {2, 0, 2, kMissing})->x, ElementsAre(1, 0, 2));
  EXPECT_EQ(apply(pipeline, {2, 3, 0, 0}).error().message,
            "row 0: feature 'words'[1] is 3; dense allows the integers 0 to 2, or -1");
}

TEST(Dense, LeavesDenseRowsAlone) {
  EXPECT_THAT(apply(made(R"([{"dense": {}}])", columns({"a", "b"})), {1, 2})->x, ElementsAre(1, 2));
}

TEST(Dense, RefusesColumnsThatDoNotMatch) {
  const Schema schema{{{"index", {3}}, {"value", {2}}}, {}};
  EXPECT_THAT(refusal(R"([{"dense": {"size": 4, "indices": "index", "values": "value"}}])", schema),
              HasSubstr("'index' has 3 numbers, 'value' has 2; allowed: as many"));
  EXPECT_THAT(refusal(R"([{"dense": {"size": 4, "indices": "indx"}}])", schema),
              HasSubstr("no column 'indx' (did you mean 'index'?)"));
  EXPECT_THAT(refusal(R"([{"dense": {"indices": "index"}}])", schema),
              HasSubstr("size is missing"));
}

TEST(HashTransform, GivesEqualCategoriesEqualPlaces) {
  const auto pipeline = made(R"([{"hash": {"size": 64, "columns": ["city", "job"]}}])",
                             columns({"city", "age", "job"}));
  const auto rows = apply(pipeline, {17, 30, 4, 17, 31, 4, 18, 30, 4});
  ASSERT_TRUE(rows);
  const auto row = [&](int i) {
    return std::vector<float>(rows->x.begin() + i * 65, rows->x.begin() + i * 65 + 64);
  };
  EXPECT_EQ(row(0), row(1));
  EXPECT_NE(row(0), row(2));
  EXPECT_EQ(rows->x[64], 30);
  EXPECT_EQ(std::count_if(rows->x.begin(), rows->x.begin() + 64,
                          [](float x) { return std::abs(x) == 1; }),
            2);
}

TEST(HashTransform, KeepsDotProductsOnAverage) {
  constexpr std::size_t kColumns = 400;
  const auto pipeline =
      made(R"([{"hash": {"size": 16, "categorical": false}}])", Schema{{{"x", {kColumns}}}, {}});
  const auto rows = apply(pipeline, std::vector<float>(kColumns, 1));
  ASSERT_TRUE(rows);
  // 400 signs in 16 places: each has 25 of them, so a deviation of 5; unsigned it would be 25 each.
  const double squares = std::inner_product(rows->x.begin(), rows->x.end(), rows->x.begin(), 0.0);
  EXPECT_NEAR(squares, kColumns, kColumns * 0.75);
}

TEST(HashTransform, PassesOverMissingValues) {
  EXPECT_THAT(apply(made(R"([{"hash": 2}])", columns({"a"})), {kMissing})->x, ElementsAre(0, 0));
}

}  // namespace
}  // namespace dk::storage
