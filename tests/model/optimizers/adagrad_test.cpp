// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/optimizers/optimizer_support.hpp"

namespace dk::model {
namespace {

TEST(Adagrad, DividesByTheRootOfAllSquaresSoFar) {
  // a = 1 + 4, p = 1 - 0.5 * 2 / sqrt(5) = 0.5527864; a = 9, p -= 1 / 3
  EXPECT_THAT(trace(R"({"name": "adagrad", "learning_rate": 0.5, "initial_accumulator_value": 1,
                        "epsilon": 0})",
                    {2, 2}),
              near({0.5527864F, 0.2194531F}));
}

TEST(Adagrad, BeginsWithATenthAndAddsEpsilonInsideOfTheRoot) {
  // a = 0.1 + 0.16; 1 - 0.1 * 0.4 / sqrt(0.26 + 0.14) = 1 - 0.04 / 0.6324555
  EXPECT_THAT(trace(R"({"name": "adagrad", "learning_rate": 0.1, "epsilon": 0.14})", {0.4F}),
              near({0.9367544F}));
}

}  // namespace
}  // namespace dk::model
