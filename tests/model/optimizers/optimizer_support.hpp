// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/optimizers/optimizer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace dk::model {

using nlohmann::json;

inline std::unique_ptr<Optimizer> made(const json& config, std::size_t parameters) {
  auto optimizer = make_optimizer(config, parameters);
  if (!optimizer) throw std::runtime_error(optimizer.error().message);
  return std::move(*optimizer);
}

inline std::unique_ptr<Optimizer> made(const char* config, std::size_t parameters) {
  return made(json::parse(config), parameters);
}

/// The parameter, 1 at first, after each of these gradients.
inline std::vector<float> trace(Optimizer& optimizer, const std::vector<float>& gradients) {
  std::vector<float> parameter{1};
  std::vector<float> values;
  for (const float gradient : gradients) {
    optimizer.step(parameter, std::vector<float>{gradient});
    values.push_back(parameter[0]);
  }
  return values;
}

inline std::vector<float> trace(const std::string& config, const std::vector<float>& gradients) {
  return trace(*made(config.c_str(), 1), gradients);
}

inline auto near(std::vector<float> values) {
  constexpr float kTolerance = 1e-6F;
  return testing::Pointwise(testing::FloatNear(kTolerance), values);
}

/// Steps on the quadratic sum (p - i)^2 / 2.
inline void descend(Optimizer& optimizer, std::vector<float>& parameters, int steps) {
  std::vector<float> gradients(parameters.size());
  for (int step = 0; step < steps; ++step) {
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      gradients[i] = parameters[i] - static_cast<float>(i);
    }
    optimizer.step(parameters, gradients);
  }
}

}  // namespace dk::model
