// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/attention/multi_head_attention.hpp"

#include "tests/model/layers/rnn/layer_run.hpp"

namespace dk::model {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// One head that sees all values alike (its query kernel is 0) and gives them as they are.
LayerRun averaging(const std::string& more) {
  LayerRun run("MultiHeadAttention",
               R"({"num_heads": 1, "key_dim": 1, "use_bias": false)" + more + "}",
               {{3, 1}, {3, 1}});
  run.inputs[1] = {1, 3, 8};
  run.weights = {{0}, {1}, {1}, {1}};
  return run;
}

TEST(MultiHeadAttention, TakesTheMeanOfValuesThatScoreAlike) {
  EXPECT_THAT(averaging("").forward()[0], ElementsAre(4, 4, 4));
}

TEST(MultiHeadAttention, ScalesTheScores) {
  LayerRun run("MultiHeadAttention", R"({"num_heads": 1, "key_dim": 4, "use_bias": false,
                                         "value_dim": 1})",
               {{1, 1}, {2, 1}});
  run.inputs = {{1}, {0, 1}};
  run.weights = {{1, 1, 1, 1}, {1, 1, 1, 1}, {1}, {1}};
  // Scores 0 and 4 / sqrt(4) = 2: y = 1 / (1 + e^-2)
  EXPECT_THAT(run.forward()[0], ElementsAre(testing::FloatNear(0.880797F, 1e-6F)));
}

TEST(MultiHeadAttention, SeesNoPaddedValue) {
  auto run = averaging("");
  run.masks[1] = {1, 1, 0};
  EXPECT_THAT(run.forward()[0], ElementsAre(2, 2, 2));
}

TEST(MultiHeadAttention, SeesAllValuesAlikeFromAPaddedQuery) {
  auto run = averaging("");
  run.weights[0] = {1};
  run.inputs[0] = {2, 2, 0};
  run.masks[0] = {1, 0, 1};
  const Floats y = run.forward()[0];
  // e^2 * 1 + e^6 * 3 + e^16 * 8 over their sum; a score of 1e9 less hides the difference.
  EXPECT_NEAR(y[0], 7.999772, 1e-4);
  EXPECT_NEAR(y[1], 4, 1e-4);
}

TEST(MultiHeadAttention, SeesNothingAhead) {
  EXPECT_THAT(averaging(R"(, "use_causal_mask": true)").forward()[0], ElementsAre(1, 2, 4));
}

TEST(MultiHeadAttention, HasGradientsAsFiniteDifferencesSayWithMasks) {
  LayerRun run("MultiHeadAttention",
               R"({"num_heads": 2, "key_dim": 2, "value_dim": 3, "dropout": 0.2})",
               {{3, 2}, {4, 3}, {4, 2}}, 2);
  run.masks = {{1, 1, 1, 1, 1, 1}, {1, 1, 0, 0, 1, 1, 1, 1}, {1, 1, 1, 1, 0, 1, 1, 1}};
  run.check_gradients();
}

TEST(MultiHeadAttention, HasKerasVariables) {
  LayerRun run("MultiHeadAttention", R"({"num_heads": 2, "key_dim": 3, "value_dim": 4})",
               {{3, 5}, {4, 6}});
  std::vector<std::string> names;
  for (const VariableSpec& spec : run.layer().variables()) {
    names.push_back(spec.scope + "/" + spec.name + to_string(spec.shape));
  }
  EXPECT_THAT(names, ElementsAre("query_dense/kernel(5, 2, 3)", "query_dense/bias(2, 3)",
                                 "key_dense/kernel(6, 2, 3)", "key_dense/bias(2, 3)",
                                 "value_dense/kernel(6, 2, 4)", "value_dense/bias(2, 4)",
                                 "output_dense/kernel(2, 4, 5)", "output_dense/bias(5,)"));
}

TEST(MultiHeadAttention, NamesWhatDoesNotFit) {
  const char* config = R"({"num_heads": 2, "key_dim": 3})";
  EXPECT_EQ(why_not("MultiHeadAttention", config, {{3, 5}}),
            "takes query and value, or query, value and key, not 1 inputs");
  EXPECT_EQ(why_not("MultiHeadAttention", config, {{3, 5}, {3, 4, 2}}),
            "needs inputs of (steps, features), not (3, 4, 2)");
  EXPECT_EQ(why_not("MultiHeadAttention", config, {{3, 5}, {4, 2}, {5, 2}}),
            "value (4, 2) and key (5, 2) must have the same steps");
  EXPECT_THAT(
      why_not("MultiHeadAttention", R"({"num_heads": 2, "key_dim": 3, "attention_axes": [1, 2]})"),
      HasSubstr("attention_axes is a list"));
  EXPECT_THAT(why_not("MultiHeadAttention",
                      R"({"num_heads": 2, "key_dim": 3, "return_attention_scores": true})"),
              HasSubstr("return_attention_scores is true"));
}

}  // namespace
}  // namespace dk::model
