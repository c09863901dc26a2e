// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/metrics/confusion.hpp"

#include "tests/model/metrics/metric_support.hpp"

#include <cmath>

namespace dk::model {
namespace {

using nlohmann::json;

constexpr MetricTarget kBinary{};
constexpr MetricTarget kThree{.size = 3};

// Positive: 3; of targets: 2; both: 1.
const Measured kRows{{0.9F, 0.8F, 0.7F, 0.2F}, {1, 0, 0, 1}};

TEST(HitRate, PrecisionIsOfOutputsAndRecallOfTargets) {
  EXPECT_DOUBLE_EQ(value_of("precision", kBinary, kRows), 1.0 / 3);
  EXPECT_DOUBLE_EQ(value_of("recall", kBinary, kRows), 1.0 / 2);
  EXPECT_EQ(metric("Precision", kBinary)->name(), "precision");
}

TEST(HitRate, WeightsCount) {
  const Measured rows{kRows.outputs, kRows.targets, {3, 1, 0, 1}};
  EXPECT_DOUBLE_EQ(value_of("precision", kBinary, rows), 3.0 / 4);
  EXPECT_DOUBLE_EQ(value_of("recall", kBinary, rows), 3.0 / 4);
}

TEST(HitRate, OfNothingIsZeroAsInKeras) {
  EXPECT_EQ(value_of("precision", kBinary, {{0.1F}, {1}}), 0);
  EXPECT_EQ(value_of("recall", kBinary, {{0.1F}, {0}}), 0);
}

TEST(HitRate, HasOneNumberForEachThreshold) {
  const json config{{"name", "precision"}, {"thresholds", {0.1, 0.75}}};
  EXPECT_EQ(table_of(config, kBinary, kRows), (std::vector<double>{2.0 / 4, 1.0 / 2}));
  EXPECT_DOUBLE_EQ(value_of(config, kBinary, kRows), 0.5);
  EXPECT_DOUBLE_EQ(value_of({{"name", "recall"}, {"thresholds", 0.1}}, kBinary, kRows), 1);
}

TEST(HitRate, CanLookAtOneClassOnly) {
  const Measured rows{{0.9F, 0.1F, 0.8F, 0.2F, 0.6F, 0.7F}, {1, 0, 0, 0, 1, 1}};
  EXPECT_DOUBLE_EQ(value_of("precision", kThree, rows), 3.0 / 4);
  EXPECT_DOUBLE_EQ(value_of({{"name", "precision"}, {"class_id", 2}}, kThree, rows), 1.0 / 2);
  EXPECT_THAT(refused({{"name", "precision"}, {"class_id", 3}}, kThree),
              testing::HasSubstr("class_id is 3"));
}

TEST(HitRate, OfLogitsIsThatOfTheirActivation) {
  EXPECT_DOUBLE_EQ(value_of("precision", {.logits_of = "sigmoid"}, {{0.3F, -0.3F}, {1, 0}}), 1);
  EXPECT_DOUBLE_EQ(value_of("recall", {.logits_of = "sigmoid"}, {{0.3F, -0.3F}, {1, 0}}), 1);
  // softmax(1, 0.9, 0.8) has nothing above 0.5.
  EXPECT_EQ(value_of("recall", {.logits_of = "softmax", .size = 3}, {{1, 0.9F, 0.8F}, {1, 0, 0}}),
            0);
}

TEST(HitRate, WhatItDoesNotHonourIsRefusedByName) {
  EXPECT_THAT(refused({{"name", "recall"}, {"top_k", 2}}, kThree),
              testing::HasSubstr("top_k is 2; only null is supported"));
  EXPECT_THAT(refused({{"name", "recall"}, {"thresholds", {0.5, 2}}}, kThree),
              testing::HasSubstr("thresholds has 2"));
  EXPECT_THAT(refused("recall", {.sparse_targets = true, .size = 3}),
              testing::HasSubstr("metric recall does not fit"));
}

// With 0.5 as threshold, TP, FP, FN of the classes: 1 0 2, 2 1 0, 1 1 0.
const Measured kLabels{{0.2F, 0.6F, 0.7F, 0.2F, 0.6F, 0.6F, 0.6F, 0.8F, 0.0F},
                       {1, 1, 1, 1, 0, 0, 1, 1, 0}};

json f1(const json& average) {
  return {{"name", "f1_score"}, {"threshold", 0.5}, {"average", average}};
}

TEST(F1Score, IsTheHarmonicMeanOfPrecisionAndRecall) {
  const std::vector<double> each{2.0 / 4, 4.0 / 5, 2.0 / 3};
  EXPECT_EQ(table_of(f1(nullptr), kThree, kLabels), each);
  const double mean = (each[0] + each[1] + each[2]) / 3;
  EXPECT_DOUBLE_EQ(value_of(f1(nullptr), kThree, kLabels), mean);
  EXPECT_DOUBLE_EQ(value_of(f1("macro"), kThree, kLabels), mean);
  // 4 TP, 2 FP, 2 FN
  EXPECT_DOUBLE_EQ(value_of(f1("micro"), kThree, kLabels), 8.0 / 12);
  // 3, 2 and 1 targets
  EXPECT_DOUBLE_EQ(value_of(f1("weighted"), kThree, kLabels),
                   (3 * each[0] + 2 * each[1] + each[2]) / 6);
}

TEST(F1Score, TakesTheLargestOutputWithoutAThreshold) {
  const json config{{"name", "f1_score"}};
  EXPECT_EQ(table_of(config, kThree, {{1, 3, 2, 5, 4, 6}, {0, 1, 0, 1, 0, 0}}),
            (std::vector<double>{0, 1, 0}));
  // A row of zeros has no largest one.
  EXPECT_EQ(table_of(config, kThree, {{0, 0, 0}, {0, 1, 0}}), (std::vector<double>{0, 0, 0}));
}

TEST(F1Score, WeightsCount) {
  // 3 TP, 1 FN
  EXPECT_DOUBLE_EQ(value_of(f1("micro"), kBinary, {{0.9F, 0.1F}, {1, 1}, {3, 1}}), 6.0 / 7);
}

TEST(ConfusionMatrix, CountsTargetsByOutputs) {
  const Measured dense{{1, 3, 2, 5, 4, 6, 9, 1, 1}, {0, 1, 0, 1, 0, 0, 1, 0, 0}};
  const std::vector<double> expected{1, 0, 1, 0, 1, 0, 0, 0, 0};
  EXPECT_EQ(table_of("confusion_matrix", kThree, dense), expected);
  EXPECT_DOUBLE_EQ(value_of("confusion_matrix", kThree, dense), 2.0 / 3);
  const MetricTarget sparse{.sparse_targets = true, .size = 3};
  EXPECT_EQ(table_of("confusion_matrix", sparse, {dense.outputs, {1, 0, 0}}), expected);
  // A label that is no class is left out.
  EXPECT_EQ(table_of("confusion_matrix", sparse, {dense.outputs, {1, 7, std::nanf("")}}),
            (std::vector<double>{0, 0, 0, 0, 1, 0, 0, 0, 0}));
}

TEST(ConfusionMatrix, OfOneOutputHasTwoClasses) {
  EXPECT_EQ(table_of("confusion_matrix", kBinary, kRows), (std::vector<double>{0, 2, 1, 1}));
  EXPECT_EQ(table_of("confusion_matrix", {.logits_of = "sigmoid"}, {{0.3F, -0.3F}, {1, 0}}),
            (std::vector<double>{1, 0, 0, 1}));
}

TEST(ConfusionMatrix, OfTooManyClassesIsRefused) {
  EXPECT_EQ(refused("confusion_matrix", {.sparse_targets = true, .size = 50000}),
            "metric confusion_matrix of 50000 classes; at most 1024 are supported");
}

}  // namespace
}  // namespace dk::model
