// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/losses/loss.hpp"

#include "base/random.hpp"
#include "model/activations/activation.hpp"
#include "tests/model/losses/loss_support.hpp"

#include <set>

namespace dk::model {
namespace {

using nlohmann::json;

constexpr std::size_t kSize = 11;

/// Every loss that there is, and again with every argument that changes it.
std::vector<json> all_losses() {
  std::vector<json> configs;
  std::set<std::string_view> seen;
  for (const std::string& name : known_losses()) {
    const auto plain = loss(name);
    if (!seen.insert(plain->name()).second) continue;
    configs.push_back({{"name", name}});
    for (const json& argument :
         {json{{"from_logits", true}}, json{{"label_smoothing", 0.2}},
          json{{"from_logits", true}, {"label_smoothing", 0.2}}, json{{"delta", 0.2}}}) {
      json config{{"name", name}};
      config.update(argument);
      if (make_loss(config)) configs.push_back(config);
    }
  }
  return configs;
}

/// Outputs in (0.1, 0.9), where every loss has a slope.
Rows random_rows(const Loss& loss, std::size_t rows) {
  Random random(17);
  Rows made{{}, {}, kSize};
  for (std::size_t i = 0; i < rows * kSize; ++i) {
    made.outputs.push_back(0.1F + 0.8F * random.uniform());
  }
  for (std::size_t i = 0; i < rows * (loss.sparse_targets() ? 1 : kSize); ++i) {
    made.targets.push_back(loss.sparse_targets() ? static_cast<float>(random.below(kSize))
                                                 : 0.1F + 0.8F * random.uniform());
  }
  return made;
}

TEST(Loss, GradientIsTheSlopeOfTheWeightedScaledSum) {
  constexpr float kStep = 2e-3F;
  for (const json& config : all_losses()) {
    const auto tested = loss(config);
    Rows rows = random_rows(*tested, 3);
    rows.weights = {1, 0.5F, 2.5F};
    rows.scale = 0.7F;
    const auto outcome = run(*tested, rows);
    for (std::size_t i = 0; i < rows.outputs.size(); ++i) {
      Rows above = rows;
      Rows below = rows;
      above.outputs[i] += kStep;
      below.outputs[i] -= kStep;
      const double slope = rows.scale * (run(*tested, above).loss - run(*tested, below).loss) /
                           double{above.outputs[i] - below.outputs[i]};
      EXPECT_NEAR(outcome.gradient[i], slope, 2e-3 * (1 + std::fabs(slope))) << config << i;
    }
  }
}

TEST(Loss, WeightsMultiplyRows) {
  for (const json& config : all_losses()) {
    const auto tested = loss(config);
    Rows rows = random_rows(*tested, 2);
    const std::size_t targets = rows.targets.size() / 2;
    const auto first = run(*tested, {{rows.outputs.begin(), rows.outputs.begin() + kSize},
                                     {rows.targets.begin(), rows.targets.begin() + targets},
                                     kSize});
    const auto second = run(*tested, {{rows.outputs.begin() + kSize, rows.outputs.end()},
                                      {rows.targets.begin() + targets, rows.targets.end()},
                                      kSize});
    const auto plain = run(*tested, rows);
    rows.weights = {2, 0.5F};
    const auto weighted = run(*tested, rows);
    EXPECT_NEAR(plain.loss, first.loss + second.loss, 1e-4) << config;
    EXPECT_NEAR(weighted.loss, 2 * first.loss + 0.5 * second.loss, 1e-4) << config;
    for (std::size_t i = 0; i < kSize; ++i) {
      EXPECT_FLOAT_EQ(weighted.gradient[i], 2 * first.gradient[i]) << config;
      EXPECT_FLOAT_EQ(plain.gradient[kSize + i], second.gradient[i]) << config;
    }
  }
}

TEST(Loss, RowWithoutWeightCountsForNothingWhateverItHolds) {
  for (const json& config : all_losses()) {
    const auto tested = loss(config);
    Rows rows = random_rows(*tested, 2);
    rows.weights = {1, 0};
    const auto expected = run(*tested, rows);
    std::fill(rows.outputs.begin() + kSize, rows.outputs.end(), std::nanf(""));
    std::fill(rows.targets.begin() + rows.targets.size() / 2, rows.targets.end(), std::nanf(""));
    const auto outcome = run(*tested, rows);
    EXPECT_EQ(outcome.loss, expected.loss) << config;
    EXPECT_EQ(outcome.gradient, expected.gradient) << config;
    EXPECT_EQ(outcome.gradient.back(), 0) << config;
  }
}

TEST(Loss, NanInAnOutputIsSeen) {
  for (const json& config : all_losses()) {
    const auto tested = loss(config);
    Rows rows = random_rows(*tested, 1);
    rows.outputs.assign(kSize, std::nanf(""));
    EXPECT_TRUE(std::isnan(run(*tested, rows).loss)) << config;
  }
}

TEST(Loss, FusedWithItsActivationIsTheSame) {
  for (const json& config : all_losses()) {
    const auto whole = loss(config);
    if (whole->fused_activation().empty()) continue;
    const auto* activation = find_activation(whole->fused_activation());
    const Rows logits = random_rows(*whole, 3);
    Rows outputs = logits;
    activation->forward(outputs.outputs.data(), nullptr, nullptr, 3, kSize);
    auto expected = run(*whole, outputs);
    activation->backward(outputs.outputs.data(), nullptr, expected.gradient.data(), nullptr, 3,
                         kSize);
    const auto fused = whole->from_logits();
    EXPECT_EQ(fused->fused_activation(), "");
    EXPECT_EQ(fused->sparse_targets(), whole->sparse_targets());
    const auto outcome = run(*fused, logits);
    EXPECT_NEAR(outcome.loss, expected.loss, 1e-5 * expected.loss) << config;
    EXPECT_THAT(outcome.gradient, near(expected.gradient, 2e-6F)) << config;
  }
}

TEST(Loss, HugeLogitsDoNotOverflow) {
  for (const json& config : all_losses()) {
    auto tested = loss(config);
    if (!tested->fused_activation().empty()) tested = tested->from_logits();
    Rows rows = random_rows(*tested, 2);
    for (std::size_t i = 0; i < rows.outputs.size(); ++i) {
      rows.outputs[i] = i % 2 == 0 ? 1e4F : -1e4F;
    }
    if (config["name"] == "poisson") continue;  // The logarithm of a negative output is none.
    const auto outcome = run(*tested, rows);
    EXPECT_TRUE(std::isfinite(outcome.loss)) << config;
    for (const float slope : outcome.gradient) EXPECT_TRUE(std::isfinite(slope)) << config;
  }
}

TEST(Loss, ConfigReadsBackToTheSameLoss) {
  for (const json& config : all_losses()) {
    const auto first = loss(config);
    const auto second = loss(first->config());
    EXPECT_EQ(second->config(), first->config());
    const Rows rows = random_rows(*first, 2);
    EXPECT_EQ(run(*second, rows).loss, run(*first, rows).loss) << config;
  }
}

TEST(Loss, SayWhatTheyNeed) {
  EXPECT_EQ(loss("sparse_categorical_crossentropy")->min_outputs(), 2U);
  EXPECT_TRUE(loss("sparse_categorical_crossentropy")->sparse_targets());
  EXPECT_EQ(loss("bce")->min_outputs(), 1U);
  EXPECT_EQ(loss("bce")->fused_activation(), "sigmoid");
  EXPECT_EQ(loss({{"name", "bce"}, {"from_logits", true}})->fused_activation(), "");
}

TEST(Loss, WhatItDoesNotHonourIsRefusedByName) {
  const auto refused = [](const json& config) { return make_loss(config).error().message; };
  EXPECT_EQ(refused({{"name", "mse"}, {"reduction", "sum"}}),
            "loss mean_squared_error: reduction is \"sum\"; only \"sum_over_batch_size\" is "
            "supported");
  EXPECT_EQ(refused({{"name", "bce"}, {"axis", 1}}),
            "loss binary_crossentropy: axis is 1; only -1 is supported");
  EXPECT_EQ(refused({{"name", "bce"}, {"label_smoothing", 1}}),
            "loss binary_crossentropy: label_smoothing is 1; it must be a number in [0, 1)");
  EXPECT_THAT(refused({{"name", "sparse_categorical_crossentropy"}, {"ignore_class", 0}}),
              testing::HasSubstr("ignore_class is 0; only null is supported"));
  EXPECT_THAT(refused({{"name", "mse"}, {"delta", 1}}),
              testing::HasSubstr("unknown setting \"delta\""));
  EXPECT_THAT(refused({{"name", "huber"}, {"delta", 0}}), testing::HasSubstr("delta is 0"));
  EXPECT_THAT(refused("categorical_crossentrpy"),
              testing::HasSubstr("\"categorical_crossentrpy\"; did you mean "
                                 "'categorical_crossentropy'?"));
}

}  // namespace
}  // namespace dk::model
