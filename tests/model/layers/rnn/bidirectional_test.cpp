// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/rnn/bidirectional.hpp"

#include "tests/model/layers/rnn/layer_run.hpp"

namespace dk::model {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// h' = x + h / 2 over the steps 1, 2, 3, in both directions: 1, 2.5, 4.25 and 2.75, 3.5, 3.
LayerRun halving(const std::string& merge_mode, const std::string& more = "") {
  LayerRun run("Bidirectional",
               R"({"layer": {"class_name": "SimpleRNN", "config": {"units": 1,
                   "activation": "linear", "return_sequences": true)" +
                   more + R"(}}, "merge_mode": )" + merge_mode + "}",
               {{3, 1}});
  run.inputs[0] = {1, 2, 3};
  run.weights = {{1}, {0.5}, {0}, {1}, {0.5}, {0}};
  return run;
}

TEST(Bidirectional, PutsTheOutputsOfBothDirectionsInOrder) {
  EXPECT_THAT(halving(R"("concat")").forward()[0], ElementsAre(1, 2.75, 2.5, 3.5, 4.25, 3));
  EXPECT_THAT(halving("null").forward(),
              ElementsAre(ElementsAre(1, 2.5, 4.25), ElementsAre(2.75, 3.5, 3)));
}

TEST(Bidirectional, Merges) {
  EXPECT_THAT(halving(R"("sum")").forward()[0], ElementsAre(3.75, 6, 7.25));
  EXPECT_THAT(halving(R"("ave")").forward()[0], ElementsAre(1.875, 3, 3.625));
  EXPECT_THAT(halving(R"("mul")").forward()[0], ElementsAre(2.75, 8.75, 12.75));
}

TEST(Bidirectional, GivesZeroForMaskedSteps) {
  auto run = halving(R"("concat")");
  run.masks[0] = {1, 1, 0};
  // backwards: 2; 1 + 2/2
  EXPECT_THAT(run.forward()[0], ElementsAre(1, 2, 2.5, 2, 0, 0));
}

TEST(Bidirectional, GivesTheStatesOfBothDirections) {
  EXPECT_THAT(halving("null", R"(, "return_state": true)").forward(),
              ElementsAre(ElementsAre(1, 2.5, 4.25), ElementsAre(2.75, 3.5, 3), ElementsAre(4.25),
                          ElementsAre(2.75)));
}

TEST(Bidirectional, HasGradientsAsFiniteDifferencesSayWithAMask) {
  LayerRun run("Bidirectional",
               R"({"layer": {"class_name": "LSTM", "config": {"units": 2,
                   "return_sequences": true, "return_state": true, "recurrent_dropout": 0.2}}})",
               {{4, 2}, {2}, {2}, {2}, {2}}, 2);
  run.masks[0] = {1, 1, 0, 0, 1, 0, 1, 1};
  run.check_gradients();
}

TEST(Bidirectional, DrawsDropoutForEachDirection) {
  LayerRun run("Bidirectional",
               R"({"layer": {"class_name": "SimpleRNN", "config": {"units": 1,
                   "activation": "linear", "dropout": 0.5}}, "merge_mode": "mul"})",
               {{1, 1}}, 1000);
  run.inputs[0].assign(1000, 1);
  run.weights = {{1}, {0}, {0}, {1}, {0}, {0}};
  run.forward();
  // Binomial(1000, 1/4): deviation 14; five of them.
  EXPECT_NEAR(static_cast<double>(std::count(run.outputs[0].begin(), run.outputs[0].end(), 4.0F)),
              250, 70);
}

TEST(Bidirectional, NamesItsVariablesByDirection) {
  LayerRun run("Bidirectional", R"({"layer": {"class_name": "LSTM", "config": {"units": 2}}})",
               {{4, 2}});
  std::vector<std::string> names;
  for (const VariableSpec& spec : run.layer().variables()) {
    names.push_back(spec.scope + "/" + spec.name);
  }
  EXPECT_THAT(names,
              ElementsAre("forward_layer/cell/kernel", "forward_layer/cell/recurrent_kernel",
                          "forward_layer/cell/bias", "backward_layer/cell/kernel",
                          "backward_layer/cell/recurrent_kernel", "backward_layer/cell/bias"));
}

TEST(Bidirectional, RefusesLayersThatDoNotFit) {
  EXPECT_THAT(why_not("Bidirectional", R"({"layer": {"class_name": "Dense",
                                                     "config": {"units": 2}}})"),
              HasSubstr("layer is a Dense; only SimpleRNN"));
  EXPECT_THAT(why_not("Bidirectional", R"({"layer": {"class_name": "LSTM",
                          "config": {"units": 2, "stateful": true}}})"),
              HasSubstr("stateful is true"));
  EXPECT_THAT(why_not("Bidirectional",
                      R"({"layer": {"class_name": "LSTM", "config": {"units": 2}},
                          "backward_layer": {"class_name": "LSTM", "config": {"units": 2}}})"),
              HasSubstr("must differ in go_backwards"));
  EXPECT_THAT(why_not("Bidirectional", R"({"layer": {"class_name": "LSTM",
                          "config": {"units": 2}}, "merge_mode": "max"})"),
              HasSubstr("merge_mode is \"max\""));
  EXPECT_THAT(why_not("Bidirectional", "{}"), HasSubstr("layer must be an object"));
}

}  // namespace
}  // namespace dk::model
