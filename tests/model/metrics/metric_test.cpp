// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/metrics/metric.hpp"

#include "base/random.hpp"
#include "model/activations/activation.hpp"
#include "tests/model/metrics/metric_support.hpp"

#include <cmath>

namespace dk::model {
namespace {

using nlohmann::json;

constexpr std::size_t kSize = 7;
constexpr std::size_t kRows = 1500;  // More than are made probabilities at once.

MetricTarget target(bool sparse, std::string_view logits_of = {}) {
  return {.sparse_targets = sparse, .logits_of = logits_of, .size = kSize};
}

Measured random_rows(bool sparse) {
  Random random(23);
  Measured rows;
  for (std::size_t i = 0; i < kRows * kSize; ++i) rows.outputs.push_back(3 * random.normal());
  for (std::size_t r = 0; r < kRows; ++r) {
    rows.weights.push_back(random.uniform());
    const std::uint64_t label = random.below(kSize);
    if (sparse) {
      rows.targets.push_back(static_cast<float>(label));
    } else {
      for (std::size_t i = 0; i < kSize; ++i) rows.targets.push_back(i == label ? 1 : 0);
    }
  }
  return rows;
}

Measured part_of(const Measured& rows, std::size_t first, std::size_t end) {
  const auto part = [&](const std::vector<float>& values) {
    const std::size_t width = values.size() / kRows;
    return std::vector<float>(values.begin() + first * width, values.begin() + end * width);
  };
  return {part(rows.outputs), part(rows.targets), part(rows.weights)};
}

/// Calls `check` with every metric and both kinds of targets where it fits.
template <class Check>
void for_all_metrics(const Check& check) {
  for (const std::string& name : known_metrics()) {
    std::size_t fitting = 0;
    for (const bool sparse : {false, true}) {
      if (!make_metric(name, target(sparse))) continue;
      check(name, sparse);
      ++fitting;
    }
    EXPECT_GT(fitting, 0U) << name;
  }
}

/// Equal, or both NaN: that of Poisson's loss for negative outputs.
void expect_near(double a, double b, const std::string& name) {
  if (std::isnan(a) && std::isnan(b)) return;
  EXPECT_NEAR(a, b, 1e-5 * (1 + std::fabs(a))) << name;
}

TEST(Metric, SumsOfTwoHalvesAreTheSumsOfTheWhole) {
  for_all_metrics([](const std::string& name, bool sparse) {
    const auto tested = metric(name, target(sparse, "softmax"));
    const Measured rows = random_rows(sparse);
    const auto whole = sums_of(*tested, kSize, rows);
    auto merged = sums_of(*tested, kSize, part_of(rows, 0, 700));
    const auto rest = sums_of(*tested, kSize, part_of(rows, 700, kRows));
    for (std::size_t i = 0; i < merged.size(); ++i) merged[i] += rest[i];
    EXPECT_THAT(merged, testing::Pointwise(testing::DoubleNear(1e-6 * kRows), whole)) << name;
    const double value = tested->value(whole);
    EXPECT_NEAR(tested->value(merged), value, 1e-9 * (1 + std::fabs(value))) << name;
  });
}

TEST(Metric, OfLogitsIsThatOfTheActivationsOutputs) {
  for (const char* activation : {"softmax", "sigmoid"}) {
    for_all_metrics([&](const std::string& name, bool sparse) {
      const Measured logits = random_rows(sparse);
      Measured outputs = logits;
      find_activation(activation)->forward(outputs.outputs.data(), nullptr, nullptr, kRows, kSize);
      expect_near(value_of(name, target(sparse, activation), logits),
                  value_of(name, target(sparse), outputs), name);
    });
  }
}

TEST(Metric, RowWithoutWeightCountsForNothingWhateverItHolds) {
  for_all_metrics([](const std::string& name, bool sparse) {
    Measured rows = random_rows(sparse);
    for (float& output : rows.outputs) output = std::fabs(output) / 10;
    const double expected = value_of(name, target(sparse), part_of(rows, 0, kRows - 1));
    std::fill_n(rows.outputs.end() - kSize, kSize, std::nanf(""));
    rows.targets.back() = std::nanf("");
    rows.weights.back() = 0;
    EXPECT_NEAR(value_of(name, target(sparse), rows), expected, 1e-9) << name;
  });
}

TEST(Metric, ConfigReadsBackToTheSameMetric) {
  for_all_metrics([](const std::string& name, bool sparse) {
    const auto first = metric(name, target(sparse));
    const auto second = metric(first->config(), target(sparse));
    EXPECT_EQ(second->config(), first->config());
    EXPECT_EQ(second->name(), name);
    const Measured rows = random_rows(sparse);
    expect_near(second->value(sums_of(*second, kSize, rows)),
                first->value(sums_of(*first, kSize, rows)), name);
  });
}

TEST(Metric, OfNothingIsNanOrZero) {
  for_all_metrics([](const std::string& name, bool sparse) {
    const double value = value_of(name, target(sparse), {});
    EXPECT_TRUE(std::isnan(value) || value == 0) << name << value;
  });
}

TEST(Metric, TakesKerasObjects) {
  const auto made = metric(json::parse(R"({"module": "keras.metrics", "class_name": "AUC",
      "config": {"name": "area", "dtype": "float32", "num_thresholds": 100, "curve": "PR",
                 "summation_method": "interpolation", "multi_label": false, "num_labels": null,
                 "label_weights": null, "from_logits": false}, "registered_name": null})"),
                           {});
  EXPECT_EQ(made->name(), "area");
  EXPECT_EQ(made->sum_count(), 200U);
  EXPECT_EQ(made->config()["config"]["curve"], "PR");
}

TEST(Metric, UnknownNameIsRefusedWithASuggestion) {
  EXPECT_THAT(refused("acuracy", {}),
              testing::HasSubstr("\"acuracy\"; did you mean 'accuracy'?; supported: accuracy, "));
  // Keras' class of that name compares outputs with targets.
  EXPECT_THAT(refused({{"class_name", "Accuracy"}}, {}), testing::HasSubstr("unknown name"));
  EXPECT_THAT(refused({{"name", "recall"}, {"dtype", "float64"}}, {}),
              testing::HasSubstr("dtype is \"float64\""));
}

}  // namespace
}  // namespace dk::model
