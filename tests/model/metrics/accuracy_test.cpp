// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/metrics/accuracy.hpp"

#include "tests/model/metrics/metric_support.hpp"

#include <limits>

namespace dk::model {
namespace {

constexpr MetricTarget kBinary{};
constexpr MetricTarget kDense{.size = 3};
constexpr MetricTarget kSparse{.sparse_targets = true, .size = 3};

const std::vector<float> kOutputs{1, 3, 2, 5, 4, 6};  // The largest: 1 and 2.

TEST(Accuracy, IsChosenAsInKeras) {
  EXPECT_EQ(value_of("accuracy", kBinary, {{0.5F, 0.6F, 0.4F, 0.9F}, {1, 1, 0, 0}}), 0.5);
  EXPECT_EQ(value_of("accuracy", kDense, {kOutputs, {0, 1, 0, 1, 0, 0}}), 0.5);
  EXPECT_EQ(value_of("accuracy", kSparse, {kOutputs, {1, 2}}), 1);
  EXPECT_EQ(metric("accuracy", kDense)->name(), "accuracy");
  EXPECT_EQ(metric("acc", kDense)->name(), "acc");
  EXPECT_EQ(metric("acc", kDense)->config(), "acc");
}

TEST(Accuracy, KerasWrapperKeepsItsName) {
  const auto made = metric(nlohmann::json::parse(R"({"class_name": "MeanMetricWrapper", "config": {
      "name": "accuracy", "dtype": "float32", "fn": "sparse_categorical_accuracy"}})"),
                           kSparse);
  EXPECT_EQ(made->name(), "accuracy");
  EXPECT_EQ(made->config()["class_name"], "SparseCategoricalAccuracy");
}

TEST(Accuracy, BinaryIsTheMeanOverAllOutputs) {
  // 2 of 3 and 1 of 3.
  EXPECT_DOUBLE_EQ(value_of("binary_accuracy", kDense,
                            {{0.9F, 0.2F, 0.8F, 0.5F, 0.7F, 0.1F}, {1, 0, 0, 1, 0, 0}}),
                   0.5);
  EXPECT_EQ(value_of({{"name", "binary_accuracy"}, {"threshold", 0.3}}, kBinary,
                     {{0.35F, 0.25F}, {1, 0}}),
            1);
}

TEST(Accuracy, BinaryOfLogitsIsThatOfTheirSigmoid) {
  const MetricTarget logits{.logits_of = "sigmoid"};
  EXPECT_EQ(value_of("accuracy", logits, {{0.3F, -0.3F}, {1, 0}}), 1);
}

TEST(Accuracy, TopKCountsHowManyOutputsAreAbove) {
  const nlohmann::json top2{{"name", "top_k_categorical_accuracy"}, {"k", 2}};
  EXPECT_EQ(value_of(top2, kDense, {{1, 3, 2, 5, 4, 6}, {0, 0, 1, 0, 1, 0}}), 0.5);
  const nlohmann::json sparse2{{"name", "sparse_top_k_categorical_accuracy"}, {"k", 2}};
  EXPECT_EQ(value_of(sparse2, kSparse, {{1, 3, 2, 5, 4, 6}, {2, 1}}), 0.5);
  // Equal ones are not above; k is 5 if nothing is said.
  EXPECT_EQ(value_of(sparse2, kSparse, {{1, 1, 1}, {2}}), 1);
  EXPECT_EQ(value_of("sparse_top_k_categorical_accuracy", kSparse, {{1, 3, 2}, {0}}), 1);
}

TEST(Accuracy, TopKOfNoClassOrNoNumberIsWrong) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const char* name = "sparse_top_k_categorical_accuracy";
  for (const float label : {-1.0F, 3.0F, 0.5F}) {
    EXPECT_EQ(value_of(name, kSparse, {{1, 3, 2}, {label}}), 0) << label;
  }
  EXPECT_EQ(value_of(name, kSparse, {{1, kInfinity, 2}, {0}}), 0);
}

TEST(Accuracy, WeightsCount) {
  EXPECT_EQ(value_of("accuracy", kSparse, {kOutputs, {1, 0}, {3, 1}}), 0.75);
}

TEST(Accuracy, OfTheWrongKindOfTargetsIsRefused) {
  EXPECT_EQ(refused("sparse_categorical_accuracy", kDense),
            "metric sparse_categorical_accuracy does not fit: it takes one class number for each "
            "row, and this output's loss takes 3 targets");
  EXPECT_EQ(refused("categorical_accuracy", kSparse),
            "metric categorical_accuracy does not fit: it takes as many targets as outputs, 3, and "
            "this output's loss takes one class number for each row");
}

}  // namespace
}  // namespace dk::model
