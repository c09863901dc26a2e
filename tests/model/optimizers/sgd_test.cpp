// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/optimizers/optimizer_support.hpp"

namespace dk::model {
namespace {

TEST(Sgd, SubtractsTheScaledGradient) {
  // 1 - 0.5 * 0.2 = 0.9; 0.9 + 0.5 * 0.4 = 1.1
  EXPECT_THAT(trace(R"({"name": "sgd", "learning_rate": 0.5})", {0.2F, -0.4F}), near({0.9F, 1.1F}));
  EXPECT_THAT(trace(R"("sgd")", {1}), near({0.99F}));
}

TEST(Sgd, MomentumGoesOnWithTheLastChange) {
  // v = -0.1; v = 0.9 * -0.1 - 0.1 = -0.19; v = 0.9 * -0.19 = -0.171
  EXPECT_THAT(trace(R"({"name": "sgd", "learning_rate": 0.1, "momentum": 0.9})", {1, 1, 0}),
              near({0.9F, 0.71F, 0.539F}));
}

TEST(Sgd, NesterovLooksAhead) {
  // v = -0.1, p += 0.9 * -0.1 - 0.1 = -0.19; v = -0.19, p += 0.9 * -0.19 - 0.1 = -0.271
  EXPECT_THAT(
      trace(R"({"name": "sgd", "learning_rate": 0.1, "momentum": 0.9, "nesterov": true})", {1, 1}),
      near({0.81F, 0.539F}));
}

}  // namespace
}  // namespace dk::model
