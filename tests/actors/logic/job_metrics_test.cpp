// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/job_metrics.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace dk {
namespace {

using nlohmann::json;

json facts() {
  return json::parse(R"([
      {"name": "mean_squared_error", "config": "mse", "size": 1, "sparse": false},
      {"name": "accuracy", "config": "accuracy", "size": 10, "sparse": true}])");
}

/// Of two rows: errors 1 and 3; one of them right.
std::vector<double> sums_of_two_rows(const JobMetrics& metrics) {
  const std::vector<float> outputs{1, 3};
  const std::vector<float> targets{0, 0};
  std::vector<double> sums(metrics.sum_count());
  const auto error = model::make_metric("mse", {.size = 1}).value();
  error->add({.outputs = outputs.data(), .targets = targets.data(), .rows = 2, .size = 1},
             std::span(sums).first(error->sum_count()));
  sums[error->sum_count()] = 1;
  sums[error->sum_count() + 1] = 2;
  return sums;
}

TEST(JobMetrics, ReadsTheSumsThatWorkersSend) {
  const auto metrics = JobMetrics::make(facts());
  ASSERT_TRUE(metrics) << metrics.error().message;
  auto sums = sums_of_two_rows(*metrics);
  // (1 + 9) / 2 = 5; 1 of 2
  EXPECT_EQ(metrics->values(sums), (json{{"mean_squared_error", 5.0}, {"accuracy", 0.5}}));
  for (double& sum : sums) sum += sum;
  EXPECT_EQ(metrics->values(sums), (json{{"mean_squared_error", 5.0}, {"accuracy", 0.5}}));
}

TEST(JobMetrics, WithoutSumsEveryValueIsNull) {
  const auto metrics = JobMetrics::make(facts()).value();
  EXPECT_EQ(metrics.values({}), (json{{"mean_squared_error", nullptr}, {"accuracy", nullptr}}));
}

TEST(JobMetrics, AccuracyIsTheOneThatIsCalledSo) {
  EXPECT_EQ(JobMetrics::accuracy({{"auc", 0.25}, {"binary_accuracy", 0.5}}), 0.5);
  EXPECT_EQ(JobMetrics::accuracy({{"auc", 0.25}}), nullptr);
}

TEST(JobMetrics, FactsThatAreNoneAreCorrupt) {
  for (const char* text : {"7", "[7]", R"([{"name": "a"}])"}) {
    const auto metrics = JobMetrics::make(json::parse(text));
    ASSERT_FALSE(metrics) << text;
    EXPECT_EQ(metrics.error().code, Errc::kCorrupt);
  }
}

}  // namespace
}  // namespace dk
