// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/data_profile.hpp"

#include "apps/dk-submit/render_profile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace dk::submit {
namespace {

using storage::Field;
using storage::Schema;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

/// Rows in memory, two at a time.
class Rows : public storage::Reader {
 public:
  Rows(Schema schema, std::vector<float> x, std::vector<float> y)
      : schema_(std::move(schema)), x_(std::move(x)), y_(std::move(y)) {}
  [[nodiscard]] const Schema& schema() const override { return schema_; }
  [[nodiscard]] std::uint64_t rows() const override { return x_.size() / schema_.feature_size(); }
  [[nodiscard]] std::size_t group_rows() const override { return 2; }
  Result<void> read(std::uint64_t first, std::size_t count, std::span<float> x,
                    std::span<float> y) const override {
    most_rows = std::max(most_rows, count);
    std::copy_n(x_.data() + first * schema_.feature_size(), x.size(), x.data());
    std::copy_n(y_.data() + first * schema_.label_size(), y.size(), y.data());
    return {};
  }
  [[nodiscard]] std::string where(std::uint64_t) const override { return "?"; }

  mutable std::size_t most_rows = 0;

 private:
  Schema schema_;
  std::vector<float> x_;
  std::vector<float> y_;
};

/// Of a vector of two columns and an image of two pixels.
const Rows& table() {
  static const Rows rows(
      Schema{{{"features", {2}, {"age", "size"}}, {"image", {2, 1}}}, {{"digit", {}}}},
      {1, 0.5F, 0, 255, 3, kMissing, 0, 0, 5, 1.5F, 255, 255}, {7, 2, 7});
  return rows;
}

TEST(DataProfile, HasTheStatisticsOfEveryColumn) {
  const auto data = profile(table(), 0);
  ASSERT_TRUE(data);
  ASSERT_EQ(data->features.size(), 3U);
  const auto& age = data->features[0];
  EXPECT_EQ(age.name, "age");
  EXPECT_EQ(age.type, "integer");
  EXPECT_EQ(age.min, 1);
  EXPECT_EQ(age.max, 5);
  EXPECT_EQ(age.mean, 3);
  EXPECT_DOUBLE_EQ(age.stddev, std::sqrt(8.0 / 3));  // (4 + 0 + 4) / 3
  const auto& size = data->features[1];
  EXPECT_EQ(size.type, "float");
  EXPECT_EQ(size.count, 2U);
  EXPECT_EQ(size.missing, 1U);
  EXPECT_EQ(size.mean, 1);
}

TEST(DataProfile, TakesAnArrayAsOneColumn) {
  const auto image = profile(table(), 0)->features[2];
  EXPECT_EQ(image.count, 6U);
  ASSERT_EQ(image.histogram.size(), ColumnProfile::kBars);
  EXPECT_EQ(image.histogram.front(), 3U);
  EXPECT_EQ(image.histogram.back(), 3U);
}

TEST(DataProfile, HasABarForEachOfAFewIntegers) {
  const auto data = profile(table(), 0);
  EXPECT_THAT(data->features[0].histogram, ElementsAre(1, 0, 1, 0, 1));   // 1 to 5
  EXPECT_THAT(data->labels[0].histogram, ElementsAre(1, 0, 0, 0, 0, 2));  // 2 to 7
  const Rows constant(Schema{{{"a", {}}}, {}}, {0.5F, 0.5F}, {});
  EXPECT_EQ(profile(constant, 0)->features[0].histogram.front(), 2U);
}

TEST(DataProfile, CountsTheClassesOfLabels) {
  const auto data = profile(table(), 0);
  EXPECT_THAT(data->labels[0].classes, ElementsAre(Pair(2, 1U), Pair(7, 2U)));
  EXPECT_TRUE(data->features[0].classes.empty());
}

TEST(DataProfile, ReadsGroupByGroupAndKeepsTheFirstRows) {
  const auto data = profile(table(), 2);
  ASSERT_EQ(data->first_rows.size(), 2U);
  EXPECT_THAT(data->first_rows[0].first, ElementsAre(1, 0.5F, 0, 255));
  EXPECT_THAT(data->first_rows[1].second, ElementsAre(2));
  EXPECT_EQ(table().most_rows, 2U);
}

TEST(DataProfile, CountsNoClassesOfNumbersThatDiffer) {
  std::vector<float> labels(2 * ColumnProfile::kMostClasses);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<float>(i);
  const Rows many(Schema{{{"a", {}}}, {{"b", {}}}}, labels, labels);
  EXPECT_TRUE(profile(many, 0)->labels[0].classes.empty());
  const Rows parts(Schema{{{"a", {}}}, {{"b", {}}}}, {1, 2}, {1, 0.5F});
  EXPECT_TRUE(profile(parts, 0)->labels[0].classes.empty());
}

TEST(RenderProfile, ShowsBarsOnlyWhereTheyCanBeShown) {
  const auto data = profile(table(), 2);
  const auto plain = render_profile(*data, "t.csv", {});
  EXPECT_THAT(plain, HasSubstr("t.csv: 3 rows, 3 feature columns, 1 label column\n"));
  EXPECT_THAT(plain, HasSubstr("  image [2 x 1]            integer            0         255"));
  EXPECT_THAT(plain, HasSubstr("2 values of digit:"));
  EXPECT_THAT(plain, HasSubstr("66.7%  ##############################\n"));
  EXPECT_THAT(plain, HasSubstr("  0: 1 0.5 0 255 -> 7\n"));
  for (const char c : plain) EXPECT_GE(c, '\n');
  EXPECT_THAT(render_profile(*data, "t.csv", {true, false}), HasSubstr("█"));
}

TEST(RenderProfile, CutsLongTables) {
  Schema schema;
  for (int i = 0; i < 50; ++i) schema.features.push_back({"c" + std::to_string(i), {}});
  const auto data = profile(Rows(schema, std::vector<float>(50, kMissing), {}), 0);
  EXPECT_THAT(render_profile(*data, "t", {}), HasSubstr("... and 10 more; --all shows them"));
  EXPECT_THAT(render_profile(*data, "t", {false, true}), HasSubstr("c49"));
  EXPECT_THAT(render_profile(*data, "t", {}), HasSubstr("no values, 1 missing"));
}

TEST(ProfileJson, HasNullWhereThereIsNoNumber) {
  const auto json = profile_json(*profile(table(), 2), "t.csv");
  EXPECT_EQ(json["features"][1]["missing"], 1);
  EXPECT_EQ(json["labels"][0]["classes"][1], (nlohmann::json{{"value", 7}, {"count", 2}}));
  EXPECT_TRUE(json["first_rows"][1]["features"][1].is_null());
}

}  // namespace
}  // namespace dk::submit
