// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/storage/data/transforms/rows.hpp"

namespace dk::storage {
namespace {

TEST(Fitting, SeesWhatTheTransformsBeforeItMakeOfTheRows) {
  // 1, 3 and a missing one: 1, 3, 2; mean 2, variance 2/3.
  const MemoryReader training(columns({"a"}), {1, kMissing, 3});
  const auto pipeline = fitted(R"([{"impute": "mean"}, {"min_max": {}}])", training);
  EXPECT_THAT(apply(pipeline, {1, kMissing, 3})->x, ElementsAre(0, 0.5F, 1));
  EXPECT_EQ(training.passes, 2);
}

TEST(Fitting, TakesOnePassForColumnsThatDoNotDependOnEachOther) {
  const MemoryReader training(columns({"a", "b"}, {"c"}), {1, 2, 3, 4, 5, 6, 7, 8}, {1, 2, 3, 4});
  fitted(R"([{"standard": {"columns": ["a"]}}, {"min_max": {"columns": ["b"]}},
             {"standard": {"columns": "labels"}}])",
         training);
  EXPECT_EQ(training.passes, 1);
}

TEST(Fitting, WaitsWhereColumnsMove) {
  const MemoryReader training(columns({"a", "b"}), {0, 2, 1, 4, 0, 6});
  const auto pipeline = fitted(
      R"([{"min_max": {"columns": ["b"]}}, {"one_hot": {"classes": 2, "columns": ["a"]}},
          {"min_max": {"columns": ["b"], "to": [0, 8]}}])",
      training);
  EXPECT_EQ(training.passes, 2);
  EXPECT_THAT(apply(pipeline, {1, 4})->x, ElementsAre(0, 1, 4));
}

TEST(Fitting, ReadsGroupByGroup) {
  const MemoryReader training(columns({"a"}), std::vector<float>(100, 1));
  fitted(R"([{"standard": {}}])", training);
  EXPECT_EQ(training.most_rows, training.group_rows());
}

TEST(Fitting, NamesTheFirstMissingValue) {
  const MemoryReader training(columns({"a", "b"}), {1, 1, 2, 2, 3, 3, 4, 4, 5, kMissing});
  auto pipeline = made(R"([{"standard": {}}])", training.schema());
  const auto done = pipeline.fit(training);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::kInvalid);
  EXPECT_EQ(done.error().message,
            "standard: train.csv:6: feature 'b' is nan; allowed: finite numbers (put impute in "
            "front of it)");
}

TEST(Fitting, RefusesAnotherDataSet) {
  const MemoryReader training(columns({"a"}), {1});
  auto pipeline = made(R"([{"standard": {}}])", columns({"b"}));
  EXPECT_FALSE(pipeline.fit(training));
}

TEST(Fitting, ReadsNothingWhenNothingIsToBeFitted) {
  const MemoryReader training(columns({"a"}), {1});
  fitted(R"([{"scale": 2}])", training);
  EXPECT_EQ(training.passes, 0);
}

}  // namespace
}  // namespace dk::storage
