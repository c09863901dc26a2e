// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/storage/data/transforms/rows.hpp"

namespace dk::storage {
namespace {

TEST(OneHotTransform, IsOfTheLabelsWhenItIsANumber) {
  const auto pipeline = made(R"([{"one_hot": 3}])", columns({"a"}, {"digit"}));
  const auto rows = apply(pipeline, {5, 6}, {2, 0});
  EXPECT_THAT(rows->x, ElementsAre(5, 6));
  EXPECT_THAT(rows->y, ElementsAre(0, 0, 1, 1, 0, 0));
  EXPECT_THAT(pipeline.schema().labels, ElementsAre(Field{"digit", {3}}));
}

TEST(OneHotTransform, TakesFeaturesByNameAndKeepsTheOthers) {
  const auto pipeline = made(R"([{"one_hot": {"output_dim": 2, "columns": ["b", "d"]}}])",
                             columns({"a", "b", "c", "d"}));
  EXPECT_THAT(apply(pipeline, {7, 1, 8, 0, 5, 0, 6, 1})->x,
              ElementsAre(7, 0, 1, 8, 1, 0, 5, 1, 0, 6, 0, 1));
  EXPECT_THAT(pipeline.schema().features,
              ElementsAre(Field{"a", {}}, Field{"b", {2}}, Field{"c", {}}, Field{"d", {2}}));
}

TEST(OneHotTransform, AddsADimensionToASequenceOfLabels) {
  const Schema schema{{{"a", {}}}, {{"tags", {2}}}};
  const auto pipeline = made(R"([{"one_hot": 2}])", schema);
  EXPECT_THAT(apply(pipeline, {0}, {1, 0})->y, ElementsAre(0, 1, 1, 0));
  EXPECT_THAT(pipeline.schema().labels, ElementsAre(Field{"tags", {2, 2}}));
}

TEST(OneHotTransform, NamesTheRowAndTheLabelOutOfRange) {
  const auto pipeline = made(R"([{"one_hot": 10}])", columns({"a"}, {"digit"}));
  for (const float bad : {10.0F, -1.0F, 2.5F, kMissing}) {
    const auto rows = apply(pipeline, {0, 0}, {9, bad});
    ASSERT_FALSE(rows) << bad;
    EXPECT_EQ(rows.error().code, Errc::kInvalid);
    EXPECT_EQ(rows.error().message,
              fmt::format("row 1: label 'digit' is {}; one_hot allows the integers 0 to 9", bad));
  }
}

TEST(OneHotTransform, NeedsLabelsAndAtLeastOneClass) {
  EXPECT_EQ(refusal(R"([{"one_hot": 10}])", columns({"a"})),
            "transform[0]: one_hot: the data have no labels");
  EXPECT_THAT(refusal(R"([{"one_hot": 0}])", columns({"a"}, {"b"})),
              HasSubstr("classes is 0; allowed: a whole number from 1"));
  EXPECT_THAT(refusal(R"([{"one_hot": {}}])", columns({"a"}, {"b"})),
              HasSubstr("classes is missing"));
}

TEST(BinaryLabel, IsOneZeroForTheLabelAndZeroOneElse) {
  const auto pipeline = made(R"([{"binary_label": {"label": 4}}])", columns({"a"}, {"b"}));
  EXPECT_THAT(apply(pipeline, {0, 0}, {4, 5})->y, ElementsAre(1, 0, 0, 1));
  EXPECT_FALSE(apply(pipeline, {0}, {kMissing}));
}

TEST(BinaryLabel, TakesSingleNumbersOnly) {
  EXPECT_THAT(refusal(R"([{"binary_label": 1}])", Schema{{{"a", {}}}, {{"b", {3}}}}),
              HasSubstr("'b' has 3 numbers; allowed: columns of one"));
}

Pipeline index_of_three(const std::string& arguments) {
  return made(R"([{"label_index": )" + arguments + "}]", Schema{{{"a", {}}}, {{"p", {3}}}});
}

TEST(LabelIndex, IsTheFirstPlaceFromTheThresholdElseTheLargest) {
  const auto pipeline = index_of_three("{}");
  EXPECT_THAT(apply(pipeline, {0}, {0.1F, 0.6F, 0.9F})->y, ElementsAre(1));
  EXPECT_THAT(apply(pipeline, {0}, {0.1F, 0.5F, 0.5F})->y, ElementsAre(1));
  EXPECT_THAT(
      apply(index_of_three(R"({"activation_threshold": 0.05})"), {0}, {0.1F, 0.5F, 0.4F})->y,
      ElementsAre(0));
}

TEST(LabelIndex, FindsTheLargestOfValuesBelowZeroToo) {
  EXPECT_THAT(apply(index_of_three("{}"), {0}, {-3, -2, -1})->y, ElementsAre(2));
}

TEST(LabelIndex, IsTheDefaultOnlyWhereThereIsNoNumber) {
  const auto pipeline = index_of_three(R"({"default_index": 2})");
  EXPECT_THAT(apply(pipeline, {0}, {kMissing, kMissing, kMissing})->y, ElementsAre(2));
  EXPECT_THAT(apply(pipeline, {0}, {0, 0, 0})->y, ElementsAre(0));
}

TEST(LabelIndex, ChecksTheSizeThatIsGiven) {
  EXPECT_THAT(
      refusal(R"([{"label_index": {"output_dim": 10}}])", Schema{{{"a", {}}}, {{"p", {3}}}}),
      HasSubstr("output_dim is 10, but 'p' has 3 numbers"));
}

}  // namespace
}  // namespace dk::storage
