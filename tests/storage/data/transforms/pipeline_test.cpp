// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/storage/data/transforms/rows.hpp"

namespace dk::storage {
namespace {

TEST(Pipeline, WithoutTransformsPassesRowsOn) {
  const auto pipeline = made("[]", columns({"a"}, {"b"}));
  const auto rows = apply(pipeline, {1, 2}, {3, 4});
  EXPECT_THAT(rows->x, ElementsAre(1, 2));
  EXPECT_THAT(rows->y, ElementsAre(3, 4));
  EXPECT_EQ(pipeline.feature_affine()->scale, 1);
}

TEST(Pipeline, AppliesTransformsInOrder) {
  const auto schema = columns({"a", "b"});
  EXPECT_THAT(apply(made(R"([{"scale": 2}, {"clip": [0, 3]}, {"scale": 10}])", schema), {1, 2})->x,
              ElementsAre(20, 30));
  EXPECT_THAT(
      apply(made(R"([{"clip": [0, 3]}, {"scale": 2}, {"reshape": [2]}, {"clip": [0, 3]}])", schema),
            {1, 2})
          ->x,
      ElementsAre(2, 3));
}

TEST(Pipeline, LeavesLabelsAloneWhenPredicting) {
  const auto pipeline = made(R"([{"one_hot": 3}])", columns({"a"}, {"b"}));
  const auto rows = apply(pipeline, {1});
  EXPECT_THAT(rows->x, ElementsAre(1));
  EXPECT_TRUE(rows->y.empty());
}

TEST(Pipeline, GivesNoMissingValueAndNoInfinityToAModel) {
  const auto pipeline = made(R"([{"scale": 1e30}])", Schema{{{"a", {}}, {"b", {2}}}, {{"c", {}}}});
  EXPECT_EQ(apply(pipeline, {1, 1, 1, 1, 1, kMissing}).error().message,
            "row 1: 'b'[1] is nan; allowed: finite numbers (impute fills in missing ones)");
  EXPECT_EQ(apply(pipeline, {1, 1e20F, 1}).error().message,
            "row 0: 'b'[0] is inf; allowed: finite numbers");
  EXPECT_FALSE(apply(pipeline, {1, 1, 1}, {kMissing}));
}

TEST(Pipeline, NamesTheEntryThatIsWrong) {
  const auto schema = columns({"a"}, {"b"});
  EXPECT_THAT(refusal(R"([{"one_hot": 3}, {"min_mx": {}}])", schema),
              HasSubstr("transform[1]: transform 'min_mx' is not known (did you mean 'min_max'?)"));
  EXPECT_THAT(refusal(R"(["scale"])", schema), HasSubstr("is no mapping of one key"));
  EXPECT_THAT(refusal(R"([{"scale": 1, "clip": [0, 1]}])", schema),
              HasSubstr("is no mapping of one key"));
  EXPECT_THAT(refusal(R"({"scale": 1})", schema), HasSubstr("no list"));
}

TEST(Pipeline, RefusesRowsThatNoMachineHolds) {
  EXPECT_EQ(refusal(R"([{"one_hot": {"classes": 1000000, "columns": "features"}}])",
                    Schema{{{"a", {784}}}, {}}),
            "transform[0]: a row has 784000000 numbers; allowed: up to 16777216");
  EXPECT_THAT(refusal("[]", Schema{{{"a", {1U << 13U, 1U << 13U}}}, {}}), HasSubstr("a row has"));
}

TEST(Pipeline, TakesAugmentAsTheLastEntryOnly) {
  const Schema schema{{{"image", {2, 2}}}, {}};
  EXPECT_TRUE(made(R"([{"scale": 2}, {"augment": {"horizontal_flip": true}}])", schema).augment());
  EXPECT_EQ(refusal(R"([{"augment": {}}, {"scale": 2}])", schema),
            "transform[1]: stands behind augment, which must be the last");
  EXPECT_FALSE(made("[]", schema).augment());
}

TEST(Transforms, AreKnownByName) {
  EXPECT_THAT(known_transforms(),
              ElementsAre("binary_label", "clip", "dense", "hash", "impute", "label_index",
                          "min_max", "one_hot", "reshape", "scale", "standard"));
}

}  // namespace
}  // namespace dk::storage
