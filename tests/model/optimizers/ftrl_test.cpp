// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/optimizers/optimizer_support.hpp"

#include <cmath>

namespace dk::model {
namespace {

TEST(Ftrl, FollowsTheEquationsOfKeras) {
  // a = 1, lr 0.5, g = sqrt(3): b = 4, z = 1.7320508 - (2 - 1) / 0.5 * 1 = -0.2679492,
  // q = 2 / 0.5 = 4, p = 0.2679492 / 4
  EXPECT_THAT(trace(R"({"name": "ftrl", "learning_rate": 0.5, "initial_accumulator_value": 1})",
                    {std::sqrt(3.0F)}),
              near({0.0669873F}));
}

TEST(Ftrl, RegularizesAsKeras) {
  // z = 1.7320508 + 2 * 0.25 - 2 = 0.2320508; with l1 = 0.2: 0.0320508 over;
  // q = 4 + 2 * 0.3 + 0.7 / 0.5 = 6; p = -0.0320508 / 6
  EXPECT_THAT(trace(R"({"name": "ftrl", "learning_rate": 0.5, "initial_accumulator_value": 1,
                        "l1_regularization_strength": 0.2, "l2_regularization_strength": 0.3,
                        "l2_shrinkage_regularization_strength": 0.25, "beta": 0.7})",
                    {std::sqrt(3.0F)}),
              near({-0.0053418F}));
}

TEST(Ftrl, SmallSumsOfGradientsMakeAnExactZero) {
  EXPECT_EQ(trace(R"({"name": "ftrl", "learning_rate": 0.5, "initial_accumulator_value": 1,
                      "l1_regularization_strength": 0.3})",
                  {std::sqrt(3.0F)})[0],
            0);
}

TEST(Ftrl, TakesAnyPower) {
  // power -1: b = 4, z = 1.7320508 - (4 - 1) / 0.5 = -4.2679492, q = 8, p = 0.5334936
  EXPECT_THAT(trace(R"({"name": "ftrl", "learning_rate": 0.5, "initial_accumulator_value": 1,
                        "learning_rate_power": -1})",
                    {std::sqrt(3.0F)}),
              near({0.5334936F}));
}

}  // namespace
}  // namespace dk::model
