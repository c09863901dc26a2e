// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/random.hpp"
#include "storage/data/transforms/column_statistics.hpp"
#include "tests/storage/data/transforms/rows.hpp"

namespace dk::storage {
namespace {

/// What a missing value becomes.
float filled(const std::string& arguments, std::vector<float> training) {
  const MemoryReader reader(columns({"a"}), std::move(training));
  return apply(fitted(R"([{"impute": )" + arguments + "}]", reader), {kMissing})->x.front();
}

TEST(Impute, FillsInTheMeanOfWhatIsThere) {
  EXPECT_EQ(filled("{}", {1, kMissing, 2, 6}), 3);
  EXPECT_EQ(filled(R"("mean")", {kMissing, 5}), 5);
}

TEST(Impute, FillsInTheMedian) {
  EXPECT_EQ(filled(R"("median")", {9, 1, kMissing, 4}), 4);
  EXPECT_EQ(filled(R"("median")", {9, 1, 4, -2}), 2.5F);  // (1 + 4) / 2
}

TEST(Impute, FillsInTheMostFrequentAndOfEqualsTheLeast) {
  EXPECT_EQ(filled(R"("most_frequent")", {2, 7, 7, 2, 2, kMissing, kMissing, kMissing, kMissing}),
            2);
  EXPECT_EQ(filled(R"("most_frequent")", {7, -1, 7, -1, 9}), -1);
}

TEST(Impute, FillsInAConstantWithoutFitting) {
  const auto pipeline =
      made(R"([{"impute": {"strategy": "constant", "fill_value": -1, "columns": ["b"]}}])",
           columns({"a", "b"}));
  EXPECT_TRUE(pipeline.fitted());
  EXPECT_THAT(apply(pipeline, {3, kMissing})->x, ElementsAre(3, -1));
}

TEST(Impute, RefusesAColumnWithoutAnyValue) {
  const MemoryReader reader(columns({"a", "b"}), {1, kMissing, 2, kMissing});
  for (const auto* strategy : {"mean", "median", "most_frequent"}) {
    auto pipeline = made(fmt::format(R"([{{"impute": "{}"}}])", strategy), reader.schema());
    const auto done = pipeline.fit(reader);
    ASSERT_FALSE(done) << strategy;
    EXPECT_EQ(done.error().message,
              "impute: feature 'b' has no value in the training set; drop it, or use strategy: "
              "constant");
  }
}

TEST(Impute, RefusesInfinities) {
  const MemoryReader reader(columns({"a"}), {1, std::numeric_limits<float>::infinity()});
  auto pipeline = made(R"([{"impute": "mean"}])", reader.schema());
  EXPECT_EQ(pipeline.fit(reader).error().message,
            "impute: train.csv:3: feature 'a' is inf; allowed: finite numbers, or none");
}

TEST(Impute, RefusesArgumentsThatDoNotBelongTogether) {
  EXPECT_THAT(refusal(R"([{"impute": {"fill_value": 3}}])", columns({"a"})),
              HasSubstr("fill_value belongs to strategy: constant"));
  EXPECT_THAT(refusal(R"([{"impute": "median"}])", Schema{{{"a", {16385}}}, {}}),
              HasSubstr("allowed: up to 16384"));
}

TEST(ColumnMedians, AreThoseOfTheSortedValues) {
  constexpr std::uint64_t kSeed = 11;
  SCOPED_TRACE(kSeed);
  Random random(kSeed);
  for (const std::size_t count : {1UL, 2UL, 3UL, 1000UL, 1001UL}) {
    std::vector<float> values;
    for (std::size_t i = 0; i < count; ++i) values.push_back(random.normal() * 1e3F);
    ColumnMedians medians(1);
    bool last = false;
    while (!last) {
      medians.begin_pass();
      for (const float value : values) medians.take(0, value);
      last = *medians.end_pass();
    }
    std::sort(values.begin(), values.end());
    const double expected = (double{values[(count - 1) / 2]} + double{values[count / 2]}) / 2;
    EXPECT_EQ(medians.value(0), expected) << count;
  }
}

TEST(ColumnModes, RefuseMoreDifferentValuesThanTheyMayKeep) {
  ColumnModes modes(1);
  for (std::size_t i = 0; i <= ColumnModes::kMostValues; ++i) modes.take(0, static_cast<float>(i));
  EXPECT_FALSE(modes.end_pass());
}

}  // namespace
}  // namespace dk::storage
