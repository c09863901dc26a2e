// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/optimizers/optimizer_support.hpp"

#include <cmath>

namespace dk::model {
namespace {

// rho 0.5, epsilon 0, lr 0.1, g = 2, 4: v = 2, then 0.5 * 2 + 0.5 * 16 = 9.

TEST(RmsProp, DividesByTheRootOfTheMeanSquare) {
  // 1 - 0.1 * 2 / sqrt(2) = 0.8585786; - 0.1 * 4 / 3 = 0.7252453
  EXPECT_THAT(
      trace(R"({"name": "rmsprop", "learning_rate": 0.1, "rho": 0.5, "epsilon": 0})", {2, 4}),
      near({0.8585786F, 0.7252453F}));
}

TEST(RmsProp, MomentumGathersChanges) {
  // b = 0.1414214; b = 0.5 * 0.1414214 + 0.1333333 = 0.2040440
  EXPECT_THAT(trace(R"({"name": "rmsprop", "learning_rate": 0.1, "rho": 0.5, "epsilon": 0,
                        "momentum": 0.5})",
                    {2, 4}),
              near({0.8585786F, 0.6545346F}));
}

TEST(RmsProp, CenteredTakesTheMeanOffFirst) {
  // a = 1, v - a^2 = 1, c = 0.2; a = 2.5, v - a^2 = 2.75, c = 0.4 / sqrt(2.75) = 0.2412091
  EXPECT_THAT(trace(R"({"name": "rmsprop", "learning_rate": 0.1, "rho": 0.5, "epsilon": 0,
                        "centered": true})",
                    {2, 4}),
              near({0.8F, 0.5587909F}));
  // b = 0.2; b = 0.5 * 0.2 + 0.2412091 = 0.3412091
  EXPECT_THAT(trace(R"({"name": "rmsprop", "learning_rate": 0.1, "rho": 0.5, "epsilon": 0,
                        "centered": true, "momentum": 0.5})",
                    {2, 4}),
              near({0.8F, 0.4587909F}));
}

TEST(RmsProp, AddsEpsilonInsideOfTheRoot) {
  // rho 0.9: v = 0.1 * 4 = 0.4; 1 - 0.1 * 2 / sqrt(0.4 + 0.6) = 0.8
  EXPECT_THAT(trace(R"({"name": "rmsprop", "learning_rate": 0.1, "epsilon": 0.6})", {2}),
              near({0.8F}));
}

}  // namespace
}  // namespace dk::model
