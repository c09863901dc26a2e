// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/keras_config.hpp"
#include "tests/model/model_support.hpp"

namespace dk::model {
namespace {

using nlohmann::json;

struct Renamed {
  const char* class_name;
  const char* config;
  const char* new_class;
  const char* new_config;
};

TEST(Keras1Names, BecomeThoseSinceKeras2) {
  const Renamed cases[] = {
      {"Dense",
       R"({"output_dim": 10, "init": "normal", "W_regularizer": {"name": "WeightRegularizer",
           "l1": 0.0, "l2": 0.01}, "b_constraint": null, "bias": true, "input_dim": 784,
           "batch_input_shape": [null, 784]})",
       "Dense",
       R"({"units": 10, "kernel_initializer": "random_normal", "kernel_regularizer": {"class_name":
           "L1L2", "config": {"l1": 0.0, "l2": 0.01}}, "bias_constraint": null, "use_bias": true,
           "batch_input_shape": [null, 784]})"},
      {"Dense", R"({"output_dim": 10, "input_dim": 5})", "Dense",
       R"({"units": 10, "input_shape": [5]})"},
      {"Convolution2D",
       R"({"nb_filter": 32, "nb_row": 3, "nb_col": 5, "border_mode": "valid", "subsample": [1, 1],
           "dim_ordering": "th"})",
       "Conv2D",
       R"({"filters": 32, "kernel_size": [3, 5], "padding": "valid", "strides": [1, 1],
           "data_format": "channels_first"})"},
      {"Convolution1D", R"({"nb_filter": 4, "filter_length": 3, "subsample_length": 2})", "Conv1D",
       R"({"filters": 4, "kernel_size": 3, "strides": 2})"},
      {"MaxPooling2D", R"({"pool_size": [2, 2], "border_mode": "same", "dim_ordering": "tf"})",
       "MaxPooling2D",
       R"({"pool_size": [2, 2], "padding": "same", "data_format": "channels_last"})"},
      {"Dropout", R"({"p": 0.25})", "Dropout", R"({"rate": 0.25})"},
      {"BatchNormalizationV1", R"({"momentum": 0.9})", "BatchNormalization",
       R"({"momentum": 0.9})"},
      {"BatchNormalizationV2", "{}", "BatchNormalization", "{}"},
      {"LSTM",
       R"({"output_dim": 8, "inner_init": "orthogonal", "forget_bias_init": "one",
           "inner_activation": "hard_sigmoid", "dropout_W": 0.1, "dropout_U": 0.2,
           "U_regularizer": null, "consume_less": "cpu", "input_dim": 3, "input_length": 7})",
       "LSTM",
       R"({"units": 8, "recurrent_initializer": "orthogonal", "unit_forget_bias": true,
           "recurrent_activation": "hard_sigmoid", "dropout": 0.1, "recurrent_dropout": 0.2,
           "recurrent_regularizer": null, "input_shape": [7, 3]})"},
      {"Embedding", R"({"input_dim": 100, "output_dim": 8, "init": "uniform"})", "Embedding",
       R"({"input_dim": 100, "output_dim": 8, "embeddings_initializer": "random_uniform"})"},
      {"BatchNormalization", R"({"mode": 0, "gamma_init": "one", "axis": -1})",
       "BatchNormalization", R"({"gamma_initializer": "ones", "axis": -1})"},
      {"Merge", R"({"mode": "concat", "concat_axis": -1, "mode_type": "raw", "dot_axes": -1,
                    "output_shape": null, "arguments": {}})",
       "Concatenate", R"({"axis": -1})"},
      {"Merge", R"({"mode": "cos"})", "Merge", R"({"mode": "cos"})"},
  };
  for (const Renamed& test : cases) {
    std::string class_name = test.class_name;
    json config = json::parse(test.config);
    rename_keras_1(class_name, config);
    EXPECT_EQ(class_name, test.new_class);
    EXPECT_EQ(config, json::parse(test.new_config)) << config;
  }
}

TEST(Keras1Names, NothingOfTodayIsTouched) {
  const json today = json::parse(R"({"units": 10, "kernel_initializer": {"class_name": "Zeros",
      "config": {}}, "use_bias": true, "name": "dense"})");
  std::string class_name = "Dense";
  json config = today;
  rename_keras_1(class_name, config);
  EXPECT_EQ(config, today);
}

TEST(KerasConfig, CustomThingsAreRefusedByName) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"activation": {"module": "builtins", "class_name": "function", "config": "my_act",
           "registered_name": "function"}})",
       "w: a function of its own, \"my_act\"; only Keras' own are supported"},
      {R"({"kernel_initializer": {"module": null, "class_name": "Mine", "config": {},
           "registered_name": "pkg>Mine"}})",
       "w: \"Mine\" is a custom class (\"pkg>Mine\"); supported layers: "},
      {R"({"kernel_initializer": {"module": "my.module", "class_name": "Mine", "config": {}}})",
       "w: \"Mine\" is a custom class (\"my.module\"); supported layers: "},
      {R"({"function": {"class_name": "__lambda__", "config": {"value": "gA=="}}})",
       "w: a function of its own, \"__lambda__\"; only Keras' own are supported"},
  };
  for (const auto& [text, message] : cases) {
    std::string class_name = "Dense";
    json config = json::parse(text);
    const auto done = modernize(class_name, config, {}, "w");
    ASSERT_FALSE(done) << text;
    EXPECT_THAT(done.error().message, testing::StartsWith(message));
  }
}

TEST(KerasConfig, OldGrusAreWithoutResetAfter) {
  std::string class_name = "GRU";
  json config = {{"units", 4}};
  ASSERT_TRUE(modernize(class_name, config, origin_of({{"keras_version", "2.0.8"}}), "w"));
  EXPECT_EQ(config["reset_after"], false);
}

}  // namespace
}  // namespace dk::model
