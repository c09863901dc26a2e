// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/metrics/regression.hpp"

#include "tests/model/metrics/metric_support.hpp"

#include <cmath>

namespace dk::model {
namespace {

using nlohmann::json;

constexpr double kTolerance = 1e-6;
constexpr MetricTarget kOne{};
constexpr MetricTarget kTwo{.size = 2};

TEST(RegressionMetric, LossIsAMetricOfTheMeanOverRows) {
  const Measured rows{{1, 2, 3, 5}, {0, 2, 1, 1}};
  EXPECT_NEAR(value_of("mse", kTwo, rows), 10.5 / 2, kTolerance);
  EXPECT_NEAR(value_of("mean_absolute_error", kTwo, rows), (1 + 0 + 2 + 4) / 4.0, kTolerance);
  EXPECT_NEAR(value_of("mse", kTwo, {rows.outputs, rows.targets, {1, 3}}),
              (1 * 0.5 + 3 * 10) / (1 + 3), kTolerance);
  EXPECT_NEAR(value_of({{"name", "huber"}, {"delta", 2}}, kOne, {{-3}, {0}}), 4, kTolerance);
  EXPECT_EQ(metric("mse", kTwo)->name(), "mse");
  EXPECT_EQ(metric({{"class_name", "MeanSquaredError"}}, kTwo)->name(), "mean_squared_error");
}

TEST(RegressionMetric, CosineSimilarityIsOneForTheSameDirection) {
  EXPECT_NEAR(value_of("cosine_similarity", kTwo, {{3, 4}, {6, 8}}), 1, kTolerance);
}

TEST(RegressionMetric, LogCoshHasItsOwnClassName) {
  const auto made = metric({{"class_name", "LogCoshError"}}, kOne);
  EXPECT_EQ(made->config()["class_name"], "LogCoshError");
}

TEST(RegressionMetric, LossOfLogitsIsThatOfTheirActivation) {
  // sigmoid(log 3) = 3/4, softmax(log 3, 0) = (3/4, 1/4)
  const float log3 = std::log(3.0F);
  const MetricTarget sigmoid{.logits_of = "sigmoid"};
  EXPECT_NEAR(value_of("mse", sigmoid, {{log3}, {1}}), 1.0 / 16, kTolerance);
  EXPECT_NEAR(value_of("binary_crossentropy", sigmoid, {{log3}, {1}}), -std::log(0.75), kTolerance);
  EXPECT_NEAR(value_of("binary_crossentropy", sigmoid, {{-200}, {1}}), 200, kTolerance);
  const MetricTarget softmax{.logits_of = "softmax", .size = 2};
  EXPECT_NEAR(value_of("mae", softmax, {{log3, 0}, {1, 0}}), 0.25, kTolerance);
  EXPECT_NEAR(value_of("categorical_crossentropy", softmax, {{log3, 0}, {0, 1}}), std::log(4.0),
              kTolerance);
}

TEST(RegressionMetric, RootMeanSquaredErrorIsOfAllOutputs) {
  // sqrt((1 + 0 + 4 + 16) / 4)
  EXPECT_NEAR(value_of("root_mean_squared_error", kTwo, {{1, 2, 3, 5}, {0, 2, 1, 1}}),
              std::sqrt(5.25), kTolerance);
}

TEST(RegressionMetric, R2ScoreIsHowMuchOfTheVariationIsExplained) {
  // The mean is 8/3, the variation 25/9 + 16/9 + 1/9 = 14/3: 1 - (1 + 0 + 1) / (14/3).
  EXPECT_NEAR(value_of("r2_score", kOne, {{2, 4, 4}, {1, 4, 3}}), 1 - 3.0 / 7, kTolerance);
  EXPECT_NEAR(value_of("r2_score", kOne, {{2, 9, 4, 4}, {1, 9, 4, 3}, {1, 0, 1, 1}}), 1 - 3.0 / 7,
              kTolerance);
}

TEST(RegressionMetric, R2ScoreOfColumnsIsAggregated) {
  // Variations 2 and 8, errors 1 and 2: 1/2 and 3/4.
  const Measured scored{{0, 0, 2, 4, 2, 2 + std::sqrt(2.0F)}, {0, 0, 2, 4, 1, 2}};
  EXPECT_NEAR(value_of("r2_score", kTwo, scored), (0.5 + 0.75) / 2, kTolerance);
  const auto aggregated = [](const json& how) {
    return json{{"name", "r2_score"}, {"class_aggregation", how}};
  };
  EXPECT_NEAR(value_of(aggregated("variance_weighted_average"), kTwo, scored),
              (2 * 0.5 + 8 * 0.75) / 10, kTolerance);
  EXPECT_THAT(table_of(aggregated(nullptr), kTwo, scored),
              testing::Pointwise(testing::DoubleNear(kTolerance), {0.5, 0.75}));
  EXPECT_THAT(refused({{"name", "r2_score"}, {"num_regressors", 2}}, kOne),
              testing::HasSubstr("num_regressors is 2; only 0 is supported"));
}

TEST(RegressionMetric, LossThatDoesNotFitIsRefused) {
  EXPECT_EQ(refused("sparse_categorical_crossentropy", kTwo),
            "metric sparse_categorical_crossentropy does not fit an output of 2 values with 2 in a "
            "row of its targets");
  EXPECT_THAT(refused("mse", {.sparse_targets = true, .size = 3}),
              testing::HasSubstr("does not fit an output of 3 values with 1"));
  EXPECT_THAT(refused({{"name", "mse"}, {"reduction", "auto"}}, kOne),
              testing::HasSubstr("unknown setting \"reduction\""));
}

}  // namespace
}  // namespace dk::model
