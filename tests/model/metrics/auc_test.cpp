// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/metrics/auc.hpp"

#include "tests/model/metrics/metric_support.hpp"

#include <cmath>

namespace dk::model {
namespace {

constexpr double kTolerance = 1e-12;
constexpr MetricTarget kBinary{};

nlohmann::json auc(const nlohmann::json& arguments) {
  nlohmann::json config{{"name", "auc"}, {"num_thresholds", 3}};
  config.update(arguments);
  return config;
}

// With thresholds -, 0.5, +: TP = 2, 1, 0; FP = 2, 0, 0.
const Measured kRows{{0, 0.5F, 0.3F, 0.9F}, {0, 0, 1, 1}};

TEST(Auc, RocIsTheAreaOfTrapezoids) {
  // (1 + 0.5) / 2 * (1 - 0) + (0.5 + 0) / 2 * (0 - 0)
  EXPECT_NEAR(value_of(auc(nlohmann::json::object()), kBinary, kRows), 0.75, kTolerance);
  EXPECT_NEAR(value_of(auc({{"summation_method", "minoring"}}), kBinary, kRows), 0.5, kTolerance);
  EXPECT_NEAR(value_of(auc({{"summation_method", "majoring"}}), kBinary, kRows), 1, kTolerance);
}

TEST(Auc, PrecisionRecallInterpolatesTheCounts) {
  // From 4 positives with 2 hits to 1 with 1: slope 1/3, intercept 2/3, 1/3 (1 + 2/3 log 4);
  // from there to none: slope 1, 1 * 1; over 2 positive targets.
  EXPECT_NEAR(value_of(auc({{"curve", "PR"}}), kBinary, kRows),
              ((1 + std::log(4.0) * 2 / 3) / 3 + 1) / 2, kTolerance);
  // Recall 1, 1/2, 0 with precision 1/2, 1, 0: (1/2) * 1/2 + (1/2) * 0.
  EXPECT_NEAR(value_of(auc({{"curve", "PR"}, {"summation_method", "minoring"}}), kBinary, kRows),
              0.25, kTolerance);
}

TEST(Auc, WeightsCount) {
  const Measured rows{kRows.outputs, kRows.targets, {1, 0, 0, 1}};
  EXPECT_NEAR(value_of(auc(nlohmann::json::object()), kBinary, rows), 1, kTolerance);
}

TEST(Auc, OutputOnAThresholdIsNotAboveIt) {
  // With 5 thresholds, 0.25 apart: 0.25 lies below (0.25, 0.5], 0.26 in it.
  EXPECT_NEAR(value_of(auc({{"num_thresholds", 5}}), kBinary, {{0.25F, 0.26F}, {0, 1}}), 1,
              kTolerance);
  EXPECT_NEAR(value_of(auc({{"num_thresholds", 5}}), kBinary, {{0.2F, 0.25F}, {0, 1}}), 0.5,
              kTolerance);
}

TEST(Auc, ThresholdsAreTwoHundred) {
  const auto made = metric("auc", kBinary);
  EXPECT_EQ(made->sum_count(), 400U);
  EXPECT_EQ(made->name(), "auc");
  EXPECT_EQ(metric("AUC", kBinary)->name(), "auc");
}

TEST(Auc, OfLogitsIsThatOfTheirSigmoid) {
  // log(p / (1 - p)) of 0.2, 0.4, 0.3 and 0.9
  const Measured logits{{-1.3862944F, -0.4054651F, -0.8472979F, 2.1972246F}, {0, 0, 1, 1}};
  const Measured outputs{{0.2F, 0.4F, 0.3F, 0.9F}, {0, 0, 1, 1}};
  const double expected = value_of("auc", kBinary, outputs);
  EXPECT_NEAR(expected, 0.75, kTolerance);
  EXPECT_NEAR(value_of("auc", {.logits_of = "sigmoid"}, logits), expected, kTolerance);
  EXPECT_NEAR(value_of({{"name", "auc"}, {"from_logits", true}}, kBinary, logits), expected,
              kTolerance);
}

TEST(Auc, OutputsOutsideOfZeroAndOneCountAsThose) {
  EXPECT_NEAR(value_of("auc", kBinary, {{-5, 7}, {0, 1}}), 1, kTolerance);
}

TEST(Auc, NanInTheOutputsIsSeen) {
  EXPECT_TRUE(std::isnan(value_of("auc", kBinary, {{0.5F, std::nanf("")}, {0, 1}})));
  EXPECT_TRUE(std::isnan(value_of("auc", kBinary, {{}, {}})));
}

TEST(Auc, WhatItDoesNotHonourIsRefusedByName) {
  EXPECT_EQ(refused({{"name", "auc"}, {"multi_label", true}}, kBinary),
            "metric auc: multi_label is true; only false is supported");
  EXPECT_THAT(refused({{"name", "auc"}, {"thresholds", {0.5}}}, kBinary),
              testing::HasSubstr("thresholds is a list; only null is supported"));
  EXPECT_THAT(refused({{"name", "auc"}, {"num_thresholds", 1}}, kBinary),
              testing::HasSubstr("num_thresholds is 1"));
  EXPECT_THAT(refused({{"name", "auc"}, {"curve", "RUC"}}, kBinary),
              testing::HasSubstr("did you mean 'ROC'?"));
  EXPECT_THAT(refused({{"name", "auc"}, {"from_logits", true}}, {.logits_of = "sigmoid"}),
              testing::HasSubstr("the output ends in sigmoid"));
  EXPECT_THAT(refused("auc", {.sparse_targets = true, .size = 3}),
              testing::HasSubstr("metric auc does not fit"));
}

}  // namespace
}  // namespace dk::model
