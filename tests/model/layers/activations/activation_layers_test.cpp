// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/layers/rnn/layer_run.hpp"

#include <cmath>

namespace dk::model {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Floats of(const char* class_name, const char* config, const Floats& x) {
  LayerRun run(class_name, config, {{x.size()}});
  run.inputs = {x};
  return run.forward()[0];
}

TEST(ReluLayer, HasSlopeThresholdAndBound) {
  const Floats x{-2, 0.25F, 0.75F, 3};
  EXPECT_THAT(of("ReLU", "{}", x), ElementsAre(0, 0.25, 0.75, 3));
  EXPECT_THAT(of("ReLU", R"({"max_value": 2, "negative_slope": 0.5, "threshold": 0.5})", x),
              ElementsAre(-1.25, -0.125, 0.75, 2));
  EXPECT_THAT(of("ReLU", R"({"threshold": 0.5})", x), ElementsAre(0, 0, 0.75, 3));
  EXPECT_THAT(of("ReLU", R"({"max_value": null})", {-INFINITY, INFINITY}),
              ElementsAre(0, INFINITY));
  EXPECT_THAT(why_not("ReLU", R"({"negative_slope": -1})"), HasSubstr("negative_slope is -1"));
}

TEST(LeakyReluLayer, KnowsBothNamesOfItsSlope) {
  EXPECT_THAT(of("LeakyReLU", "{}", {-1, 2}), ElementsAre(-0.3F, 2));
  EXPECT_THAT(of("LeakyReLU", R"({"negative_slope": 0.5})", {-1, 2}), ElementsAre(-0.5, 2));
  EXPECT_THAT(why_not("LeakyReLU", R"({"negative_slope": 0.5, "alpha": 0.25})"),
              HasSubstr("alpha is 0.25"));
}

TEST(ThresholdedReluLayer, KeepsWhatIsAboveTheta) {
  EXPECT_THAT(of("ThresholdedReLU", "{}", {-2, 0.5, 1, 1.5}), ElementsAre(0, 0, 0, 1.5));
}

TEST(EluLayer, ApproachesMinusAlpha) {
  const Floats y = of("ELU", R"({"alpha": 2})", {-1, 1, -100});
  EXPECT_NEAR(y[0], 2 * (std::exp(-1.0) - 1), 1e-6);
  EXPECT_EQ(y[1], 1);
  EXPECT_EQ(y[2], -2);
}

TEST(PReluLayer, SharesItsSlopes) {
  // (2, 2) with one slope for each column.
  LayerRun columns("PReLU", R"({"shared_axes": [1]})", {{2, 2}});
  columns.inputs = {{-1, -1, 1, -2}};
  columns.weights = {{0.5, 0.25}};
  EXPECT_THAT(columns.forward()[0], ElementsAre(-0.5, -0.25, 1, -0.5));
  columns.backward({{1, 1, 1, 1}});
  EXPECT_THAT(columns.gradients[0], ElementsAre(-1, -3));
  EXPECT_THAT(columns.in_gradients[0], ElementsAre(0.5, 0.25, 1, 0.25));
  // One for each row.
  LayerRun rows("PReLU", R"({"shared_axes": [2]})", {{2, 2}});
  rows.inputs = columns.inputs;
  rows.weights = columns.weights;
  EXPECT_THAT(rows.forward()[0], ElementsAre(-0.5, -0.5, 1, -0.5));
}

TEST(SoftmaxLayer, SumsToOneAlongItsAxis) {
  LayerRun run("Softmax", R"({"axis": 1})", {{2, 2}});
  const float log_three = std::log(3.0F);
  run.inputs = {{0, 1000, log_three, 1000}};
  const Floats y = run.forward()[0];
  EXPECT_NEAR(y[0], 0.25, 1e-6);
  EXPECT_NEAR(y[2], 0.75, 1e-6);
  EXPECT_NEAR(y[1], 0.5, 1e-6);
  EXPECT_THAT(why_not("Softmax", R"({"axis": [1, 3]})", {{2, 2, 2}}), HasSubstr("no neighbours"));
}

TEST(SoftmaxLayer, LeavesItselfOutOnlyOverTheLastAxis) {
  LayerRun last("Softmax", "{}", {{3}});
  EXPECT_TRUE(last.layer().drop_activation("softmax"));
  EXPECT_EQ(last.forward()[0], last.inputs[0]);
  LayerRun first("Softmax", R"({"axis": 1})", {{3, 2}});
  EXPECT_FALSE(first.layer().drop_activation("softmax"));
}

}  // namespace
}  // namespace dk::model
