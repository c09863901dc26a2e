// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/layers/rnn/layer_run.hpp"

#include <cmath>

namespace dk::model {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;

constexpr const char* kPlain = R"({"epsilon": 0, "momentum": 0.75})";

TEST(BatchNormalization, TrainsOnTheBatchAndRemembersIt) {
  LayerRun run("BatchNormalization", kPlain, {{2}}, 2);
  run.inputs = {{1, 10, 5, 30}};  // Means 3 and 20, variances 4 and 100.
  run.weights = {{2, 1}, {0, 7}, {0, 0}, {1, 1}};
  EXPECT_THAT(run.forward()[0], ElementsAre(-2, 6, 2, 8));
  EXPECT_THAT(run.weights[2], ElementsAre(0.75, 5));      // 0.75 * 0 + 0.25 * mean
  EXPECT_THAT(run.weights[3], ElementsAre(1.75, 25.75));  // 0.75 * 1 + 0.25 * variance
}

TEST(BatchNormalization, PredictsWithTheMovingStatistics) {
  LayerRun run("BatchNormalization", kPlain, {{2}}, 1);
  run.inputs = {{1, 10}};
  run.weights = {{2, 1}, {0, 7}, {3, 20}, {4, 100}};
  EXPECT_THAT(run.forward(1, false)[0], ElementsAre(-2, 6));
  EXPECT_THAT(run.weights[2], ElementsAre(3, 20));
}

TEST(BatchNormalization, FrozenPredictsInTrainingToo) {
  LayerRun run("BatchNormalization", kPlain, {{1}}, 2);
  run.layer().set_trainable(false);
  run.inputs = {{1, 5}};
  run.weights = {{2}, {0}, {3}, {4}};
  EXPECT_THAT(run.forward(1, true)[0], ElementsAre(-2, 2));
  EXPECT_THAT(run.weights[2], ElementsAre(3));
  run.backward({{1, 4}});
  EXPECT_THAT(run.in_gradients[0], ElementsAre(1, 4));
}

TEST(BatchNormalization, ChannelsFirstEqualsChannelsLast) {
  LayerRun last("BatchNormalization", R"({"axis": 3})", {{9, 9, 5}}, 3);
  LayerRun first("BatchNormalization", R"({"axis": 1})", {{5, 9, 9}}, 3);
  LayerRun permute("Permute", R"({"dims": [3, 1, 2]})", {{9, 9, 5}}, 3);
  first.weights = last.weights;
  permute.inputs = last.inputs;
  first.inputs = permute.forward();
  permute.inputs = last.forward();
  EXPECT_THAT(first.forward()[0], Pointwise(FloatNear(1e-5F), permute.forward()[0]));
  EXPECT_THAT(first.weights[3], Pointwise(FloatNear(1e-5F), last.weights[3]));
  const Floats gradient = random_floats(last.outputs[0].size(), 5);
  last.backward({gradient});
  permute.inputs = {gradient};
  first.backward({permute.forward()[0]});
  permute.inputs = {last.in_gradients[0]};
  EXPECT_THAT(first.in_gradients[0], Pointwise(FloatNear(1e-5F), permute.forward()[0]));
  EXPECT_THAT(first.gradients[0], Pointwise(FloatNear(1e-4F), last.gradients[0]));
}

TEST(BatchNormalization, FarFromZeroLosesNoPrecision) {
  LayerRun run("BatchNormalization", R"({"epsilon": 0, "momentum": 0})", {{3}}, 4096);
  Floats x = random_floats(run.inputs[0].size(), 1);
  double expected = 0;
  double mean = 0;
  for (std::size_t i = 0; i < x.size(); i += 3) {
    x[i] += 4096;
    mean += static_cast<double>(x[i]) / 4096;
  }
  for (std::size_t i = 0; i < x.size(); i += 3) expected += std::pow(x[i] - mean, 2) / 4096;
  run.inputs = {x};
  run.forward();
  EXPECT_NEAR(run.weights[2][0], mean, 1e-3);
  EXPECT_NEAR(run.weights[3][0], expected, 1e-4);
}

TEST(BatchNormalization, LeavesMaskedStepsOutOfTheStatistics) {
  LayerRun run("BatchNormalization", kPlain, {{3, 1}}, 1);
  run.inputs = {{1, 1000, 5}};
  run.masks = {{1, 0, 1}};
  run.weights = {{1}, {0}, {0}, {1}};
  const Floats out = run.forward()[0];
  EXPECT_NEAR(out[0], -1, 1e-6);
  EXPECT_NEAR(out[2], 1, 1e-6);
  EXPECT_NEAR(out[1], 498.5, 1e-3);  // (1000 - 3) / 2
  EXPECT_NEAR(run.weights[2][0], 0.75, 1e-6);
}

TEST(BatchNormalization, GradientsWithAMaskEqualFiniteDifferences) {
  LayerRun run("BatchNormalization", R"({"epsilon": 0.1})", {{3, 2}}, 2);
  run.masks = {{1, 0, 1, 1, 1, 0}};
  const Floats factors = random_floats(12, 3);
  const auto value = [&] {
    double sum = 0;
    run.forward();
    for (std::size_t i = 0; i < 12; ++i) sum += run.outputs[0][i] * factors[i];
    return sum;
  };
  run.forward();
  run.backward({factors});
  for (std::size_t i = 0; i < 12; ++i) {
    const float kept = run.inputs[0][i];
    run.inputs[0][i] = kept + 4e-3F;
    const double above = value();
    run.inputs[0][i] = kept - 4e-3F;
    EXPECT_NEAR(run.in_gradients[0][i], (above - value()) / 8e-3, 4e-3) << i;
    run.inputs[0][i] = kept;
  }
}

TEST(BatchNormalization, RefusesWhatItDoesNotDo) {
  EXPECT_THAT(why_not("BatchNormalization", R"({"renorm": true})"), HasSubstr("renorm is true"));
  EXPECT_THAT(why_not("BatchNormalization", R"({"virtual_batch_size": 4})"),
              HasSubstr("virtual_batch_size is 4"));
  EXPECT_THAT(why_not("BatchNormalization", R"({"axis": [1, 2]})"), HasSubstr("only one axis"));
  EXPECT_THAT(why_not("BatchNormalization", R"({"axis": 3})", {{2, 2}}), HasSubstr("axis 3"));
  EXPECT_EQ(why_not("BatchNormalization", R"({"renorm": false, "synchronized": false})"), "");
}

TEST(LayerNormalization, NormalizesEachRow) {
  LayerRun run("LayerNormalization", R"({"epsilon": 0})", {{2, 2}});
  run.inputs = {{1, 5, 30, 10}};
  run.weights = {{1, 2}, {0, 3}};
  EXPECT_THAT(run.forward()[0], ElementsAre(-1, 5, 1, 1));
}

TEST(LayerNormalization, TakesOnlyTheLastAxes) {
  EXPECT_THAT(why_not("LayerNormalization", R"({"axis": 1})", {{2, 3}}),
              HasSubstr("only the last axes"));
  EXPECT_THAT(why_not("LayerNormalization", R"({"axis": [1, 3]})", {{2, 3, 2}}),
              HasSubstr("no neighbours"));
  EXPECT_THAT(why_not("LayerNormalization", R"({"rms_scaling": true})"), HasSubstr("rms_scaling"));
}

}  // namespace
}  // namespace dk::model
