// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/storage/data/transforms/rows.hpp"

namespace dk::storage {
namespace {

TEST(Columns, MayBeAWholeSide) {
  const auto schema = columns({"a"}, {"b", "c"});
  const auto rows =
      apply(made(R"([{"scale": {"scale": 2, "columns": "labels"}}])", schema), {1}, {2, 3});
  EXPECT_THAT(rows->x, ElementsAre(1));
  EXPECT_THAT(rows->y, ElementsAre(4, 6));
  EXPECT_THAT(apply(made(R"([{"scale": {"scale": 2, "columns": "features"}}])", schema), {1})->x,
              ElementsAre(2));
}

TEST(Columns, AreOfOneSide) {
  EXPECT_THAT(
      refusal(R"([{"clip": {"range": [0, 1], "columns": ["a", "b"]}}])", columns({"a"}, {"b"})),
      HasSubstr("columns names features and labels; allowed: one of the two"));
}

TEST(Columns, MustBeThere) {
  EXPECT_EQ(
      refusal(R"([{"scale": {"scale": 1, "columns": ["hight"]}}])", columns({"height", "width"})),
      "transform[0]: scale: no column 'hight' (did you mean 'height'?), allowed: height, "
      "width, features, labels");
}

TEST(Columns, OfAWideTableAreNotAllListed) {
  std::vector<std::string> names;
  for (int i = 0; i < 1000; ++i) names.push_back("pixel" + std::to_string(i));
  const auto message = refusal(R"([{"scale": {"scale": 1, "columns": "label"}}])", columns(names));
  EXPECT_EQ(message, "transform[0]: scale: no column 'label' (did you mean 'labels'?)");
}

TEST(Columns, GetOneNewNameOnly) {
  EXPECT_THAT(refusal(R"([{"scale": {"scale": 1, "output_col": "c"}}])", columns({"a", "b"})),
              HasSubstr("output_col is one name for 2 columns"));
}

TEST(Columns, AreNamedOnce) {
  EXPECT_THAT(
      refusal(R"([{"scale": {"scale": 1, "columns": "a", "input_col": "a"}}])", columns({"a"})),
      HasSubstr("input_col stands beside another name"));
}

/// A table as the CSV reader gives it: one vector.
Schema table() {
  return Schema{{{"features", {3}, {"age", "weekday", "city"}}}, {{"y", {}}}};
}

TEST(Columns, MayBePartOfAField) {
  const MemoryReader training(table(), {1, 0, 5, 3, 1, 5}, {0, 0});
  const auto pipeline = fitted(
      R"([{"standard": {"columns": ["age"], "suffix": "_n"}}, {"one_hot": {"classes": 2, "columns": ["weekday"]}},
          {"hash": {"size": 4, "columns": ["city"]}}])",
      training);
  EXPECT_THAT(pipeline.schema().features,
              ElementsAre(Field{
                  "features",
                  {7},
                  {"age_n", "weekday_0", "weekday_1", "city_0", "city_1", "city_2", "city_3"}}));
  const auto rows = apply(pipeline, {3, 1, 5, 1, 0, 5});
  ASSERT_TRUE(rows);
  EXPECT_THAT(std::vector<float>(rows->x.begin(), rows->x.begin() + 3), ElementsAre(1, 0, 1));
  EXPECT_THAT(std::vector<float>(rows->x.begin() + 7, rows->x.begin() + 10), ElementsAre(-1, 1, 0));
  EXPECT_TRUE(std::equal(rows->x.begin() + 3, rows->x.begin() + 7, rows->x.begin() + 10));
}

TEST(Columns, OfAFieldMergeInThePlaceOfTheFirst) {
  const auto pipeline =
      made(R"([{"dense": {"size": 2, "indices": "city", "values": "age", "output_col": "d"}}])",
           table());
  EXPECT_THAT(pipeline.schema().features,
              ElementsAre(Field{"features", {3}, {"d_0", "d_1", "weekday"}}));
  EXPECT_THAT(apply(pipeline, {7, 4, 1})->x, ElementsAre(0, 7, 4));
}

TEST(Columns, OfAFieldAreNamedInMessages) {
  EXPECT_THAT(apply(made("[]", table()), {1, kMissing, 1}).error().message,
              HasSubstr("row 0: 'weekday' is nan"));
  const auto pipeline = made(R"([{"one_hot": {"classes": 2, "columns": ["city"]}}])", table());
  EXPECT_THAT(apply(pipeline, {1, 1, 2}).error().message, HasSubstr("feature 'city' is 2"));
  EXPECT_THAT(refusal(R"([{"reshape": {"shape": [1], "columns": ["age"]}}])", table()),
              HasSubstr("'age' is one column of 'features'; allowed: whole fields"));
}

TEST(Clip, HoldsValuesInTheRange) {
  const auto pipeline =
      made(R"([{"clip": {"range": [-1, 1], "columns": ["b"]}}])", columns({"a", "b"}));
  EXPECT_THAT(apply(pipeline, {5, 5, -5, -5, 0, 0.5F})->x, ElementsAre(5, 1, -5, -1, 0, 0.5F));
}

TEST(Clip, NeedsARange) {
  EXPECT_THAT(refusal(R"([{"clip": {}}])", columns({"a"})), HasSubstr("range is missing"));
  EXPECT_THAT(refusal(R"([{"clip": [1, 1]}])", columns({"a"})), HasSubstr("low below high"));
}

}  // namespace
}  // namespace dk::storage
