// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/rnn/recurrent.hpp"

#include "tests/model/layers/rnn/layer_run.hpp"

#include <algorithm>

namespace dk::model {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// h' = x + h / 2 over the steps 1, 2, 3.
LayerRun halving(const std::string& more, std::vector<Shape> inputs = {{3, 1}}) {
  LayerRun run("SimpleRNN", R"({"units": 1, "activation": "linear")" + more + "}",
               std::move(inputs));
  run.inputs[0] = {1, 2, 3};
  run.weights = {{1}, {0.5}, {0}};
  return run;
}

TEST(SimpleRnn, AddsUpItsSteps) {
  // 1; 2 + 1/2; 3 + 2.5/2
  EXPECT_THAT(halving("").forward()[0], ElementsAre(4.25));
  EXPECT_THAT(halving(R"(, "return_sequences": true)").forward()[0], ElementsAre(1, 2.5, 4.25));
}

TEST(SimpleRnn, GoesBackwardsAndLeavesTheOutputsInThatOrder) {
  // 3; 2 + 3/2; 1 + 3.5/2
  EXPECT_THAT(halving(R"(, "return_sequences": true, "go_backwards": true)").forward()[0],
              ElementsAre(3, 3.5, 2.75));
}

TEST(SimpleRnn, BeginsWithTheGivenState) {
  auto run = halving(R"(, "return_state": true)", {{3, 1}, {1}});
  run.inputs[1] = {8};
  // 1 + 8/2 = 5; 2 + 5/2 = 4.5; 3 + 4.5/2
  EXPECT_THAT(run.forward(), ElementsAre(ElementsAre(5.25), ElementsAre(5.25)));
}

TEST(SimpleRnn, RepeatsTheOutputOfAMaskedStep) {
  auto run = halving(R"(, "return_sequences": true)");
  run.masks[0] = {1, 0, 1};
  EXPECT_THAT(run.forward()[0], ElementsAre(1, 1, 3.5));
}

TEST(SimpleRnn, GivesZeroForAMaskedStepWhenAsked) {
  auto run = halving(R"(, "return_sequences": true, "zero_output_for_mask": true)");
  run.masks[0] = {1, 0, 1};
  EXPECT_THAT(run.forward()[0], ElementsAre(1, 0, 3.5));
}

TEST(SimpleRnn, ReadsTheMaskInItsOwnDirection) {
  auto run = halving(R"(, "return_sequences": true, "go_backwards": true)");
  run.masks[0] = {1, 1, 0};
  // masked: 0; 2; 1 + 2/2
  EXPECT_THAT(run.forward()[0], ElementsAre(0, 2, 2));
}

TEST(SimpleRnn, GivesZeroBeforeTheFirstStepThatCounts) {
  auto run = halving(R"(, "return_sequences": true, "return_state": true)", {{3, 1}, {1}});
  run.inputs[1] = {8};
  run.masks[0] = {0, 1, 0};
  // The state stays 8: 2 + 8/2 = 6
  EXPECT_THAT(run.forward(), ElementsAre(ElementsAre(0, 6, 6), ElementsAre(6)));
}

TEST(SimpleRnn, KeepsItsStateWhenAllIsMasked) {
  auto run = halving(R"(, "return_state": true)", {{3, 1}, {1}});
  run.inputs[1] = {8};
  run.masks[0] = {0, 0, 0};
  EXPECT_THAT(run.forward(), ElementsAre(ElementsAre(0), ElementsAre(8)));
}

TEST(Lstm, HasKerasOrderOfGates) {
  LayerRun run("LSTM",
               R"({"units": 1, "activation": "linear", "recurrent_activation": "linear",
                   "return_state": true})",
               {{2, 1}});
  run.inputs[0] = {1, 1};
  run.weights = {{1, 2, 3, 4}, {0, 0, 0, 0}, {0, 0, 0, 0}};  // i, f, g, o
  // c = 1 * 3 = 3; then 2 * 3 + 1 * 3 = 9, h = 4 * 9
  EXPECT_THAT(run.forward(), ElementsAre(ElementsAre(36), ElementsAre(36), ElementsAre(9)));
}

TEST(Lstm, StartsWithOpenForgetGates) {
  for (const bool open : {true, false}) {
    LayerRun run("LSTM", open ? R"({"units": 2})" : R"({"units": 2, "unit_forget_bias": false})",
                 {{3, 1}});
    const VariableSpec bias = run.layer().variables().at(2);
    Floats values(8, 9);
    initialize(bias.initializer, bias.shape, 1, values);
    const float f = open ? 1 : 0;
    EXPECT_THAT(values, ElementsAre(0, 0, f, f, 0, 0, 0, 0));
  }
}

LayerRun linear_gru(const std::string& more) {
  LayerRun run(
      "GRU",
      R"({"units": 1, "activation": "linear", "recurrent_activation": "linear")" + more + "}",
      {{1, 1}, {1}});
  run.inputs = {{1}, {4}};
  run.weights[0] = {0.5, 2, 3};  // z, r, g
  run.weights[1] = {0, 0, 1};
  return run;
}

TEST(Gru, ResetsTheStateBeforeTheProduct) {
  auto run = linear_gru(R"(, "reset_after": false)");
  run.weights[2] = {0, 0, 1};
  // g = 3 + 1 + (2 * 4) * 1 = 12; h = 0.5 * 4 + 0.5 * 12
  EXPECT_THAT(run.forward()[0], ElementsAre(8));
}

TEST(Gru, ResetsTheProductWithItsOwnBias) {
  auto run = linear_gru("");
  run.weights[2] = {0, 0, 0, 0, 0, 1};
  // g = 3 + 2 * (4 * 1 + 1) = 13; h = 0.5 * 4 + 0.5 * 13
  EXPECT_THAT(run.forward()[0], ElementsAre(8.5));
  EXPECT_EQ(run.layer().variables().at(2).shape, (Shape{2, 3}));
}

struct Masked {
  const char* class_name;
  const char* more;
};

class MaskedGradients : public testing::TestWithParam<Masked> {};

TEST_P(MaskedGradients, EqualFiniteDifferences) {
  const std::string config = R"({"units": 2, "return_state": true)";
  const std::size_t states = std::string("LSTM") == GetParam().class_name ? 2 : 1;
  std::vector<Shape> inputs{{4, 3}};
  for (std::size_t i = 0; i < states; ++i) inputs.push_back({2});
  LayerRun run(GetParam().class_name, config + GetParam().more + "}", inputs, 3);
  run.masks[0] = {0, 1, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0};
  run.check_gradients();
}

constexpr const char* kSequences = R"(, "return_sequences": true)";
constexpr const char* kZeros = R"(, "return_sequences": true, "zero_output_for_mask": true)";
constexpr const char* kBackwards = R"(, "go_backwards": true, "dropout": 0.3)";
constexpr const char* kBefore = R"(, "reset_after": false, "return_sequences": true)";
constexpr const char* kDropping = R"(, "dropout": 0.3, "recurrent_dropout": 0.3)";

INSTANTIATE_TEST_SUITE_P(Layers, MaskedGradients,
                         testing::Values(Masked{"SimpleRNN", ""}, Masked{"SimpleRNN", kSequences},
                                         Masked{"LSTM", kSequences}, Masked{"LSTM", kZeros},
                                         Masked{"LSTM", kBackwards}, Masked{"LSTM", kDropping},
                                         Masked{"GRU", kSequences}, Masked{"GRU", kBefore},
                                         Masked{"GRU", kBackwards}, Masked{"GRU", kDropping}));

TEST(Recurrent, DropsTheSameInputsInAllSteps) {
  LayerRun run("SimpleRNN",
               R"({"units": 1, "activation": "linear", "dropout": 0.5, "return_sequences": true})",
               {{3, 1}}, 64);
  run.inputs[0].assign(3 * 64, 1);
  run.weights = {{1}, {0}, {0}};
  const Floats y = run.forward()[0];
  for (std::size_t i = 0; i < y.size(); i += 3) EXPECT_THAT(y[i + 1], y[i]);
  EXPECT_THAT(y, testing::Contains(2.0F));
  EXPECT_THAT(y, testing::Contains(0.0F));
  EXPECT_THAT(run.forward(1, false)[0], testing::Each(1.0F));
}

/// Of 1000 samples, those whose gates i, g and o all see their input.
std::ptrdiff_t open_samples(const std::string& more) {
  LayerRun run("LSTM",
               R"({"units": 1, "activation": "linear", "recurrent_activation": "linear",
                   "dropout": 0.5)" +
                   more + "}",
               {{1, 1}}, 1000);
  run.inputs[0].assign(1000, 1);
  run.weights = {{1, 1, 1, 1}, {0, 0, 0, 0}, {0, 0, 0, 0}};
  run.forward();
  return std::count(run.outputs[0].begin(), run.outputs[0].end(), 8.0F);
}

TEST(Recurrent, DropsForAllGatesAtOnceOrForEachByItself) {
  // Binomial(1000, 1/2): deviation 16; binomial(1000, 1/8): 10. Five of them.
  EXPECT_NEAR(static_cast<double>(open_samples("")), 500, 80);
  EXPECT_NEAR(static_cast<double>(open_samples(R"(, "implementation": 1)")), 125, 50);
  EXPECT_NEAR(static_cast<double>(open_samples(R"(, "recurrent_dropout": 0.1)")), 125, 50);
}

TEST(Recurrent, PassesTheMaskOnWithItsSequenceOnly) {
  const bool masked[] = {true};
  const bool plain[] = {false};
  LayerRun last("LSTM", R"({"units": 2})", {{3, 1}});
  LayerRun all("LSTM", R"({"units": 2, "return_sequences": true})", {{3, 1}});
  LayerRun states("LSTM", R"({"units": 2, "return_sequences": true, "return_state": true})",
                  {{3, 1}});
  EXPECT_EQ(last.layer().mask_rule(masked), MaskRule::kDrop);
  EXPECT_EQ(all.layer().mask_rule(masked), MaskRule::kPass);
  EXPECT_EQ(all.layer().mask_rule(plain), MaskRule::kDrop);
  EXPECT_EQ(states.layer().mask_rule(masked), MaskRule::kMake);
  EXPECT_EQ(states.layer().mask_shape(), Shape{3});
}

TEST(Recurrent, NamesWhatItDoesNotSupport) {
  EXPECT_EQ(why_not("LSTM", R"({"units": 2, "stateful": true})"),
            "test: stateful is true; only false is supported");
  EXPECT_THAT(why_not("GRU", R"({"units": 2, "time_major": true})"), HasSubstr("time_major"));
  EXPECT_THAT(why_not("RNN", R"({"cell": {"class_name": "StackedRNNCells", "config": {}}})"),
              HasSubstr("StackedRNNCells"));
  EXPECT_THAT(why_not("RNN", R"({"cell": {"class_name": "LSTMCell",
                                          "config": {"units": 2, "colour": "red"}}})"),
              HasSubstr("colour"));
  EXPECT_THAT(why_not("RNN", "{}"), HasSubstr("cell"));
  EXPECT_EQ(why_not("LSTM", R"({"units": 2})", {{3}}),
            "needs an input of (steps, features), not (3,)");
  EXPECT_EQ(why_not("LSTM", R"({"units": 2})", {{3, 4}, {2}}),
            "takes one input, or 3 with the first states, not 2");
  EXPECT_EQ(why_not("GRU", R"({"units": 2})", {{3, 4}, {5}}), "a first state is (2,), not (5,)");
}

}  // namespace
}  // namespace dk::model
