// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/regularizers/regularizer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dk::model {
namespace {

using nlohmann::json;

/// The penalty and what it adds to gradients of 1.
std::pair<double, std::vector<float>> added(const json& config, const std::vector<float>& values) {
  const auto regularizer = parse_regularizer(config).value();
  std::vector<float> gradients(values.size(), 1);
  const double penalty = regularizer.add_gradient(values, gradients);
  EXPECT_DOUBLE_EQ(penalty, regularizer.penalty(values));
  return {penalty, gradients};
}

TEST(Regularizer, L1IsTheSumOfMagnitudes) {
  const auto [penalty, gradients] = added({{"name", "l1"}, {"l1", 0.5}}, {2, 0, -3});
  EXPECT_DOUBLE_EQ(penalty, 2.5);
  EXPECT_THAT(gradients, testing::ElementsAre(1.5F, 1.0F, 0.5F));
}

TEST(Regularizer, L2IsTheSumOfSquares) {
  const auto [penalty, gradients] = added({{"name", "l2"}, {"l2", 0.5}}, {2, 0, -3});
  EXPECT_DOUBLE_EQ(penalty, 6.5);
  EXPECT_THAT(gradients, testing::ElementsAre(3.0F, 1.0F, -2.0F));
}

TEST(Regularizer, L1L2IsBothAndCountsEveryElement) {
  // 0.5 * 2 + 0.25 * 4 for each of 21; 0.5 + 2 * 0.25 * 2
  const auto [penalty, gradients] =
      added(json::parse(R"({"class_name": "L1L2", "config": {"l1": 0.5, "l2": 0.25}})"),
            std::vector<float>(21, 2));
  EXPECT_DOUBLE_EQ(penalty, 42);
  EXPECT_THAT(gradients, testing::Each(2.5F));
}

TEST(Regularizer, DefaultsAreThoseOfKeras) {
  EXPECT_EQ(parse_regularizer("l1").value(), (Regularizer{"L1", 0.01, 0}));
  EXPECT_EQ(parse_regularizer("L2").value(), (Regularizer{"L2", 0, 0.01}));
  EXPECT_EQ(parse_regularizer("l1_l2").value(), (Regularizer{"L1L2", 0.01, 0.01}));
  EXPECT_EQ(parse_regularizer({{"class_name", "L1L2"}, {"config", json::object()}}).value(),
            (Regularizer{"L1L2", 0, 0}));
}

TEST(Regularizer, IsReadBackAsWritten) {
  for (const std::string& name : known_regularizers()) {
    const auto regularizer = parse_regularizer(name).value();
    EXPECT_EQ(parse_regularizer(to_json(regularizer)).value(), regularizer);
  }
}

TEST(Regularizer, OthersAreRefusedByName) {
  EXPECT_EQ(parse_regularizer({{"class_name", "OrthogonalRegularizer"}, {"config", json::object()}})
                .error()
                .message,
            "regularizer: unknown name \"OrthogonalRegularizer\"; supported: l1, l2, l1_l2");
  EXPECT_THAT(parse_regularizer({{"name", "l2"}, {"l2", -1}}).error().message,
              testing::StartsWith("L2: l2 is -1; it must be a number in [0, "));
  EXPECT_FALSE(parse_regularizer({{"name", "l2"}, {"l1", 1}}));
}

}  // namespace
}  // namespace dk::model
