// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/optimizers/optimizer_support.hpp"

namespace dk::model {
namespace {

TEST(Adadelta, ScalesWithTheRatioOfChangesToGradients) {
  // rho = epsilon = 0.5, lr 1, g = 2, 2:
  // a = 2, c = sqrt(0.5) / sqrt(2.5) * 2 = 0.8944272, d = 0.5 * 0.8 = 0.4
  // a = 3, c = sqrt(0.9) / sqrt(3.5) * 2 = 1.0141851
  EXPECT_THAT(
      trace(R"({"name": "adadelta", "learning_rate": 1, "rho": 0.5, "epsilon": 0.5})", {2, 2}),
      near({0.1055728F, -0.9086123F}));
}

}  // namespace
}  // namespace dk::model
