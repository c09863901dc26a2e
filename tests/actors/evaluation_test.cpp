// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/evaluation.hpp"

#include "actors/descriptor/job_model.hpp"
#include "actors/logic/scatter.hpp"
#include "tests/support/tiny_job.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace dk {
namespace {

constexpr std::uint32_t kRows = 50;

class EvaluationTest : public ::testing::Test {
 protected:
  EvaluationTest() {
    tiny.spec.metrics = {
        "accuracy", "confusion_matrix", {{"name", "sparse_top_k_categorical_accuracy"}, {"k", 2}}};
  }
  void SetUp() override {
    auto built = build_initial_model(tiny.spec);
    ASSERT_TRUE(built) << built.error().message;
    model = std::move(*built);
    auto loaded = storage::Dataset::load(tiny.spec.train);
    ASSERT_TRUE(loaded) << loaded.error().message;
    data = std::move(*loaded);
  }

  test::TinyJob tiny{kRows};
  std::unique_ptr<model::Model> model;
  std::shared_ptr<const storage::Dataset> data;
};

TEST_F(EvaluationTest, TheSumsOfItsRangesAreThoseOfTheWhole) {
  const auto whole = evaluate_model(*model, *data);
  ASSERT_TRUE(whole) << whole.error().message;
  ASSERT_EQ(whole->loss.samples, kRows);
  double loss = 0;
  std::uint64_t samples = 0;
  std::vector<double> metrics(whole->metrics.size());
  const Scatter scatter(kRows, 12);
  for (std::size_t i = 0; i < scatter.ranges(); ++i) {
    const auto [first, count] = scatter.range(i);
    const auto part = evaluate_model(*model, *data, {}, {first, count});
    ASSERT_TRUE(part) << part.error().message;
    EXPECT_EQ(part->loss.samples, count);
    loss += part->loss.loss_sum;
    samples += part->loss.samples;
    for (std::size_t m = 0; m < metrics.size(); ++m) metrics[m] += part->metrics[m];
  }
  EXPECT_NEAR(loss, whole->loss.loss_sum, 1e-9);
  EXPECT_EQ(samples, whole->loss.samples);
  EXPECT_EQ(metrics, whole->metrics) << "counts are exact";
}

TEST_F(EvaluationTest, ARangeBehindTheEndIsCutThere) {
  const auto tail = evaluate_model(*model, *data, {}, {48, 100});
  ASSERT_TRUE(tail) << tail.error().message;
  EXPECT_EQ(tail->loss.samples, 2U);
  EXPECT_EQ(evaluate_model(*model, *data, {}, {60, 1})->loss.samples, 0U);
}

TEST_F(EvaluationTest, RowsWithoutLabelsHaveTheOutputsOfThoseWithThem) {
  std::vector<float> expected;
  const auto keep = [&](std::span<const float> x, std::span<const float>,
                        std::size_t n) -> Result<void> {
    const auto outputs = model->predict(x, n);
    expected.insert(expected.end(), outputs.begin(), outputs.end());
    return {};
  };
  ASSERT_TRUE(evaluate_model(*model, *data, keep, {5, 20}));

  auto config = tiny.spec.train;
  config.source.labels.clear();
  ASSERT_FALSE(has_labels(config));
  auto raw = storage::Dataset::load(FeatureRows::raw(config));
  ASSERT_TRUE(raw) << raw.error().message;
  auto rows = FeatureRows::make(storage::transforms_to_text(data->pipeline()), config, *raw,
                                model->max_batch_size());
  ASSERT_TRUE(rows) << rows.error().message;
  std::vector<float> outputs(20 * model->output_size());
  const auto predicted = predict_rows(*model, *rows, {5, 20}, outputs);
  ASSERT_TRUE(predicted) << predicted.error().message;
  EXPECT_EQ(outputs, expected);
}

}  // namespace
}  // namespace dk
