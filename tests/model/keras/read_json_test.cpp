// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/read_json.hpp"

#include "model/keras/write_json.hpp"
#include "tests/model/model_support.hpp"

namespace dk::model {
namespace {

constexpr const char* kKeras1 = R"({"class_name": "Sequential", "keras_version": "2.0.9",
  "backend": "tensorflow", "config": [
  {"class_name": "Dense", "config": {"name": "dense_1", "trainable": true,
   "batch_input_shape": [null, 784], "dtype": "float32", "units": 10, "activation": "relu",
   "use_bias": true, "kernel_initializer": {"class_name": "VarianceScaling", "config":
   {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": null}},
   "bias_initializer": {"class_name": "Zeros", "config": {}}, "kernel_regularizer": null,
   "bias_regularizer": null, "activity_regularizer": null, "kernel_constraint": null,
   "bias_constraint": null}},
  {"class_name": "Dropout", "config": {"name": "dropout_1", "trainable": true, "rate": 0.2,
   "noise_shape": null, "seed": null}},
  {"class_name": "Activation", "config": {"name": "activation_1", "trainable": true,
   "activation": "softmax"}}]})";

constexpr const char* kKeras3 = R"({"module": "keras", "class_name": "Sequential", "config":
  {"name": "sequential_7", "trainable": true, "dtype": {"module": "keras", "class_name":
  "DTypePolicy", "config": {"name": "float32"}, "registered_name": null}, "layers": [
  {"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": [null, 28, 28],
   "dtype": "float32", "sparse": false, "ragged": false, "name": "input_layer"},
   "registered_name": null},
  {"module": "keras.layers", "class_name": "Flatten", "config": {"name": "flatten", "trainable":
   true, "dtype": {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"},
   "registered_name": null}, "data_format": "channels_last"}, "registered_name": null,
   "build_config": {"input_shape": [null, 28, 28]}},
  {"module": "keras.layers", "class_name": "Dense", "config": {"name": "out", "trainable": true,
   "dtype": "float32", "units": 10, "activation": "softmax", "use_bias": true,
   "kernel_initializer": {"module": "keras.initializers", "class_name": "HeNormal", "config":
   {"seed": null}, "registered_name": null}, "bias_initializer": "zeros",
   "kernel_regularizer": null, "lora_rank": null, "quantization_config": null}}],
  "build_input_shape": [null, 28, 28]}, "registered_name": null})";

TEST(ReadKerasJson, ReadsTheListOfKerasBefore23) {
  const auto read = read_keras_json(kKeras1, "a.json");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->inputs, (std::vector<InputSpec>{{"dense_1_input", {784}}}));
  ASSERT_EQ(read->layers.size(), 3U);
  EXPECT_EQ(read->layers[0].name, "dense_1");
  EXPECT_EQ(read->layers[0].config["units"], 10);
  EXPECT_EQ(read->layers[1].config["rate"], 0.2);
}

TEST(ReadKerasJson, ReadsKeras3) {
  const auto read = read_keras_json(kKeras3, "a.json");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->name, "sequential_7");
  EXPECT_EQ(read->inputs, (std::vector<InputSpec>{{"input_layer", {28, 28}}}));
  ASSERT_EQ(read->layers.size(), 2U);
  EXPECT_EQ(read->layers[1].config["kernel_initializer"]["class_name"], "HeNormal");
}

TEST(ReadKerasJson, ReadsBackWhatIsWritten) {
  for (const char* text : {kKeras1, kKeras3}) {
    const auto first = read_keras_json(text, "a").value();
    EXPECT_EQ(read_keras_json(write_keras_json(first), "b").value(), first);
  }
}

TEST(ReadLayerList, NamesLayersAsKerasDoes) {
  const auto read = layers(R"([{"Dense": {"units": 4, "input_shape": [3]}}, "Flatten",
                               {"Dense": {"units": 2}}])");
  EXPECT_EQ(read.inputs[0].shape, Shape{3});
  EXPECT_EQ(read.layers[0].name, "dense");
  EXPECT_EQ(read.layers[1].name, "flatten");
  EXPECT_EQ(read.layers[2].name, "dense_1");
  EXPECT_EQ(read_keras_json(write_keras_json(read), "again").value(), read);
}

struct Refused {
  std::string list;
  const char* message;
};

TEST(ReadLayerList, RefusesByNameWhatItDoesNotSupport) {
  const Refused cases[] = {
      {R"({"Dense": {}})", "m: expected a list of layers, not an object"},
      {R"([])", "m: the model has no layers"},
      {R"([{"Dense": {"units": 4}}])",
       "m: the input's shape is missing; give the first layer an input_shape, such as [784]"},
      {R"([{"Dens": {"units": 4}}])",
       "m: layer 1 'dens' (Dens): unknown layer class \"Dens\"; did you mean 'Dense'?; supported: "
       "Activation, "},
      {R"([{"Dense": {"input_shape": [3]}}])", "m: layer 1 'dense' (Dense): units is missing"},
      {R"([{"Dense": {"units": -4}}])",
       "m: layer 1 'dense' (Dense): units is -4; it must be a whole number from 1 to 2147483648"},
      {R"([{"Dense": {"units": 1e300}}])",
       "m: layer 1 'dense' (Dense): units is 1e+300; it must be a whole number from 1 to "
       "2147483648"},
      {R"([{"Dense": {"units": 4, "activation": "rellu"}}])",
       "m: layer 1 'dense' (Dense): activation is \"rellu\"; did you mean 'relu'?; supported: "
       "linear, relu"},
      {R"([{"Dense": {"units": 4, "dtype": "float16"}}])",
       "m: layer 1 'dense' (Dense): dtype is \"float16\"; only \"float32\" is supported"},
      {R"([{"Dropout": {"rate": 1}}])",
       "m: layer 1 'dropout' (Dropout): rate is 1; it must be a number in [0, 1)"},
      {R"([{"Dense": {"units": 4, "input_shape": [0]}}])",
       "m: layer 1 'dense' (Dense): input_shape has an axis of size 0; sizes are whole numbers "
       "from 1 to 2147483648"},
      {R"([{"Dense": {"units": 4, "input_shape": [-3]}}])",
       "m: layer 1 'dense' (Dense): input_shape has an axis of size -3; sizes are whole numbers "
       "from 1 to 2147483648"},
      {R"([{"Dense": {"units": 4, "input_shape": [2000000000, 2000000000, 2000000000]}}])",
       "m: layer 1 'dense' (Dense): input_shape: shape (2000000000, 2000000000, 2000000000) has "
       "more than 2147483648 elements"},
      {R"([{"Dense": {"units": 4, "batch_input_shape": [32, 3]}}])",
       "m: layer 1 'dense' (Dense): batch_input_shape has a fixed batch size of 32; it must be "
       "null"},
      {R"([{"Dense": {"units": 4, "name": 5}}])",
       "m: layer 1 (Dense): name is 5; it must be a string"},
      {R"([{"Dense": 5}])", "m: layer 1 (Dense): the config is 5; it must be an object"},
      {R"([{"Dense": {}, "Flatten": {}}])",
       "m: layer 1 is an object; it must be one class name with its config, such as "
       "{\"Dense\": {\"units\": 10}}"},
  };
  for (const Refused& test : cases) {
    const auto read = read_layer_list(nlohmann::json::parse(test.list), "m");
    ASSERT_FALSE(read) << test.list;
    EXPECT_THAT(read.error().message, testing::StartsWith(test.message));
    EXPECT_EQ(read.error().code, Errc::kInvalid);
  }
}

TEST(ReadKerasJson, RefusesWhatIsNoModel) {
  const std::pair<std::string, const char*> cases[] = {
      {"", "m: not JSON"},
      {"[1, 2", "m: not JSON"},
      {"[]", "m: expected an object of settings, not []"},
      {"{}", "m: no Keras model: class_name is missing"},
      {R"({"class_name": "Functional", "config": {}})",
       "m: no Keras graph: the list of layers is missing"},
      {R"({"class_name": "MyModel", "config": {}})",
       "m: unknown model class \"MyModel\"; supported: Sequential, Functional, Model"},
      {R"({"class_name": "Sequential"})", "m: config is missing"},
      {R"({"class_name": "Sequential", "config": {}})", "no list of layers"},
      {R"({"class_name": "Sequential", "config": [7]})", "layer 1: expected an object"},
      {R"({"class_name": "Sequential", "config": [{"class_name": 1, "config": {}}]})",
       "class_name is 1; it must be a string"},
      {std::string(100'000, '['), "nested deeper than 64"},
      {std::string((16 << 20) + 1, ' '), "at most 16777216 are read"},
  };
  for (const auto& [text, message] : cases) {
    const auto read = read_keras_json(text, "m");
    ASSERT_FALSE(read) << text.substr(0, 80);
    EXPECT_THAT(read.error().message, testing::HasSubstr(message));
  }
}

TEST(ReadKerasJson, EveryCutOfARealFileIsRefusedWithoutACrash) {
  const std::string whole = kKeras3;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(read_keras_json(std::string_view(whole).substr(0, size), "m")) << size;
  }
}

}  // namespace
}  // namespace dk::model
