// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/optimizers/optimizer_support.hpp"

#include <cmath>

namespace dk::model {
namespace {

TEST(Adam, FirstStepIsTheLearningRateWhateverTheGradient) {
  EXPECT_THAT(trace(R"("adam")", {0.5F}), near({0.999F}));
  EXPECT_THAT(trace(R"({"name": "adam", "learning_rate": 0.1})", {-7}), near({1.1F}));
}

TEST(Adam, FollowsTheEquationsOfKeras) {
  // beta_1 = beta_2 = 0.5, epsilon 0, lr 0.1, g = 2, 4:
  // t=1: m = 1, v = 2, lr_t = 0.1 * sqrt(0.5) / 0.5 = 0.141421; change 0.141421 / 1.414214 = 0.1
  // t=2: m = 2.5, v = 9, lr_t = 0.1 * sqrt(0.75) / 0.75 = 0.115470; change 0.11547 * 2.5 / 3
  EXPECT_THAT(trace(R"({"name": "adam", "learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.5,
                        "epsilon": 0})",
                    {2, 4}),
              near({0.9F, 0.8037749F}));
}

TEST(Adam, AddsEpsilonOutsideOfTheRoot) {
  // lr_t * m / (sqrt(v) + epsilon) = 0.1 * sqrt(0.001) / 0.1 * 0.1 / (sqrt(0.001) + 0.5)
  const double change = 0.1 * std::sqrt(0.001) / 0.1 * 0.1 / (std::sqrt(0.001) + 0.5);
  EXPECT_THAT(trace(R"({"name": "adam", "learning_rate": 0.1, "epsilon": 0.5})", {1}),
              near({static_cast<float>(1 - change)}));
}

TEST(Adam, AmsgradRemembersTheLargestSquare) {
  // betas 0.5, g = 4, 1: m = 2, v = h = 8, change 0.1; m = 1.5, v = 4.5, h = 8,
  // change 0.115470 * 1.5 / 2.828427 = 0.0612372
  EXPECT_THAT(trace(R"({"name": "adam", "learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.5,
                        "epsilon": 0, "amsgrad": true})",
                    {4, 1}),
              near({0.9F, 0.8387628F}));
}

TEST(AdamW, DecaysTheParameterBeforeTheStep) {
  // 1 - 0.1 * 0.004 - 0.1; then with 0.5: 1 - 0.1 * 0.5 - 0.1
  EXPECT_THAT(trace(R"({"name": "adamw", "learning_rate": 0.1})", {3}), near({0.8996F}));
  EXPECT_THAT(trace(R"({"name": "adamw", "learning_rate": 0.1, "weight_decay": 0.5})", {3}),
              near({0.85F}));
}

}  // namespace
}  // namespace dk::model
