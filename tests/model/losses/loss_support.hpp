// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/losses/loss.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <stdexcept>
#include <vector>

namespace dk::model {

inline std::unique_ptr<Loss> loss(const nlohmann::json& config) {
  auto made = make_loss(config);
  if (!made) throw std::runtime_error(made.error().message);
  return std::move(*made);
}

struct Outcome {
  double loss = 0;
  std::vector<float> gradient;
};

struct Rows {
  std::vector<float> outputs;
  std::vector<float> targets;
  std::size_t size = 1;
  std::vector<float> weights{};
  float scale = 1;
};

/// Says too when the loss is another one without a gradient.
inline Outcome run(const Loss& loss, const Rows& rows) {
  Outcome outcome{0, std::vector<float>(rows.outputs.size(), 1e9F)};
  LossBatch batch{.outputs = rows.outputs.data(),
                  .targets = rows.targets.data(),
                  .weights = rows.weights.empty() ? nullptr : rows.weights.data(),
                  .gradient = outcome.gradient.data(),
                  .rows = rows.outputs.size() / rows.size,
                  .size = rows.size,
                  .scale = rows.scale};
  outcome.loss = loss(batch);
  batch.gradient = nullptr;
  EXPECT_TRUE(std::isnan(outcome.loss) ||
              std::fabs(loss(batch) - outcome.loss) <= 1e-6 * (1 + std::fabs(outcome.loss)));
  return outcome;
}

inline Outcome run(const nlohmann::json& config, const Rows& rows) {
  return run(*loss(config), rows);
}

inline auto near(std::vector<float> values, float tolerance = 1e-6F) {
  return testing::Pointwise(testing::FloatNear(tolerance), values);
}

}  // namespace dk::model
