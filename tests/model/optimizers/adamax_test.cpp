// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/optimizers/optimizer_support.hpp"

namespace dk::model {
namespace {

TEST(Adamax, DividesByTheLargestGradientThatFades) {
  // betas 0.5, epsilon 0, lr 0.1, g = 2, 2, 0:
  // m = 1, u = 2, 0.1 / 0.5 * 1 / 2 = 0.1; m = 1.5, u = 2, 0.1 / 0.75 * 1.5 / 2 = 0.1
  // m = 0.75, u = 1, 0.1 / 0.875 * 0.75 / 1 = 0.0857143
  EXPECT_THAT(trace(R"({"name": "adamax", "learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.5,
                        "epsilon": 0})",
                    {2, 2, 0}),
              near({0.9F, 0.8F, 0.7142857F}));
}

TEST(Adamax, AddsEpsilonToTheLargestGradient) {
  // 1 - 0.1 / 0.1 * 0.2 / (2 + 0.5)
  EXPECT_THAT(trace(R"({"name": "adamax", "learning_rate": 0.1, "epsilon": 0.5})", {2}),
              near({0.92F}));
}

}  // namespace
}  // namespace dk::model
