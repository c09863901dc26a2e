// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/model_file.hpp"
#include "tests/model/keras/h5py.hpp"
#include "tests/model/model_support.hpp"

namespace dk::model {
namespace {

std::unique_ptr<Model> built_from(const Bytes& bytes) {
  const auto file = read_model_bytes(bytes, "f");
  if (!file) throw std::runtime_error(file.error().message);
  auto model = build_model(*file, {});
  if (!model) throw std::runtime_error(model.error().message);
  return std::move(*model);
}

std::vector<float> weight(const Model& model, const std::string& name) {
  for (const auto& found : model.get_weights()) {
    if (found.name == name) return found.values;
  }
  throw std::runtime_error("no weight " + name);
}

/// Keras 1.2.2: fixed strings, no version at the weights, `W` and `b`.
TEST(KerasLayouts, ReadsAWholeModelOfKeras1) {
  test::H5py file;
  file.text("/", "keras_version", "1.2.2", true);
  file.text("/", "model_config", R"({"class_name": "Sequential", "config": [
    {"class_name": "Dense", "config": {"name": "dense_1", "trainable": true, "batch_input_shape":
     [null, 3], "input_dtype": "float32", "output_dim": 2, "init": "glorot_uniform", "activation":
     "relu", "W_regularizer": null, "b_regularizer": null, "activity_regularizer": null,
     "W_constraint": null, "b_constraint": null, "bias": true, "input_dim": 3}},
    {"class_name": "Dropout", "config": {"name": "dropout_1", "trainable": true, "p": 0.5}}]})",
            true);
  file.text("/", "training_config", R"({"loss": "categorical_crossentropy", "metrics":
    ["accuracy"], "sample_weight_mode": null, "loss_weights": null, "optimizer_config":
    {"class_name": "SGD", "config": {"lr": 0.01}}})");
  file.group("/model_weights");
  file.texts("/model_weights", "layer_names", {"dense_1", "dropout_1"});
  file.layer("/model_weights", "dense_1", {{"dense_1_W", {3, 2}}, {"dense_1_b", {2}}});
  file.layer("/model_weights", "dropout_1", {});
  const auto read = read_model_bytes(file.bytes(), "f");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->training_config["loss"], "categorical_crossentropy");
  EXPECT_EQ(read->training_config["optimizer"]["class_name"], "SGD");
  const auto model = built_from(file.bytes());
  EXPECT_EQ(weight(*model, "dense_1/kernel"), (std::vector<float>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(weight(*model, "dense_1/bias"), (std::vector<float>{6, 7}));
}

/// A nested model's weights lie in one group: what learns first, then the moving statistics.
TEST(KerasLayouts, ReadsANestedModelOfKeras2) {
  test::H5py file;
  file.text("/", "keras_version", "2.11.0");
  file.text("/", "backend", "tensorflow");
  file.text("/", "model_config", R"({"class_name": "Sequential", "config": {"name": "outer",
    "layers": [{"class_name": "InputLayer", "config": {"batch_input_shape": [null, 2], "name":
    "x"}}, {"class_name": "Sequential", "config": {"name": "inner", "layers": [
      {"class_name": "InputLayer", "config": {"batch_input_shape": [null, 2], "name": "y"}},
      {"class_name": "BatchNormalization", "config": {"name": "bn"}},
      {"class_name": "Dense", "config": {"name": "d", "units": 1}}]}}]}})");
  file.group("/model_weights");
  file.text("/model_weights", "keras_version", "2.11.0");
  file.text("/model_weights", "backend", "tensorflow");
  file.texts("/model_weights", "layer_names", {"inner"});
  file.layer("/model_weights", "inner",
             {{"bn/gamma:0", {2}},
              {"bn/beta:0", {2}},
              {"d/kernel:0", {2, 1}},
              {"d/bias:0", {1}},
              {"bn/moving_mean:0", {2}},
              {"bn/moving_variance:0", {2}}});
  file.layer("/model_weights", "top_level_model_weights", {});
  const auto model = built_from(file.bytes());
  EXPECT_EQ(weight(*model, "inner/bn/beta"), (std::vector<float>{2, 3}));
  EXPECT_EQ(weight(*model, "inner/d/kernel"), (std::vector<float>{4, 5}));
  EXPECT_EQ(weight(*model, "inner/bn/moving_variance"), (std::vector<float>{9, 10}));
}

TEST(KerasLayouts, Keras1sGatesAreJoinedInTodaysOrder) {
  test::H5py file;
  file.group("/lstm");
  std::vector<std::pair<std::string, Shape>> gates;
  for (const char* gate : {"i", "c", "f", "o"}) {
    gates.push_back({std::string("W_") + gate, {1, 1}});
    gates.push_back({std::string("U_") + gate, {1, 1}});
    gates.push_back({std::string("b_") + gate, {1}});
  }
  file.texts("/", "layer_names", {"l"});
  file.layer("", "l", gates);
  const auto read = read_model_bytes(file.bytes(), "f");
  ASSERT_TRUE(read) << read.error().message;
  auto model = built(layers(R"([{"LSTM": {"units": 1, "input_shape": [2, 1]}}])"), {});
  const auto loaded = load_weights(*read->weights, *model);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(model->get_weights()[0].values, (std::vector<float>{0, 6, 3, 9}));
  EXPECT_EQ(model->get_weights()[1].values, (std::vector<float>{1, 7, 4, 10}));
  EXPECT_EQ(model->get_weights()[2].values, (std::vector<float>{2, 8, 5, 11}));
}

TEST(KerasLayouts, TheanosKernelsAreFlipped) {
  test::H5py file;
  file.text("/", "keras_version", "2.0.8");
  file.text("/", "backend", "theano");
  file.texts("/", "layer_names", {"c"});
  file.layer("", "c", {{"c/kernel:0", {2, 2, 1, 1}}, {"c/bias:0", {1}}});
  const auto read = read_model_bytes(file.bytes(), "f");
  ASSERT_TRUE(read) << read.error().message;
  auto model = built(
      layers(R"([{"Conv2D": {"filters": 1, "kernel_size": 2, "input_shape": [4, 4, 1]}}])"), {});
  const auto loaded = load_weights(*read->weights, *model);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(model->get_weights()[0].values, (std::vector<float>{3, 2, 1, 0}));
}

Bytes weights_of(const std::vector<std::string>& names, const Shape& kernel) {
  test::H5py file;
  file.text("/", "keras_version", "2.3.1");
  file.texts("/", "layer_names", names);
  for (const auto& name : names) {
    file.layer("", name, {{name + "/kernel:0", kernel}, {name + "/bias:0", {2}}},
               name == "b" ? 100 : 0);
  }
  return file.bytes();
}

Result<void> load(const Bytes& bytes, Model& model) {
  const auto read = read_model_bytes(bytes, "f");
  if (!read) return fail(read.error());
  return load_weights(*read->weights, model);
}

TEST(KerasLayouts, WeightsAloneAreMatchedInOrderOrBySameNames) {
  const auto list = R"([{"Dense": {"name": "a", "units": 2, "input_shape": [2]}},
                        {"Dense": {"name": "b", "units": 2}}])";
  const auto model = built(layers(list), {});
  ASSERT_TRUE(load(weights_of({"x", "b"}, {2, 2}), *model));
  EXPECT_EQ(model->get_weights()[2].values[0], 100);
  ASSERT_TRUE(load(weights_of({"b", "a"}, {2, 2}), *model));
  EXPECT_EQ(model->get_weights()[2].values[0], 100);
}

TEST(KerasLayouts, WhatDoesNotFitIsNamedAndNothingChanges) {
  const auto model =
      built(layers(R"([{"Dense": {"name": "a", "units": 2, "input_shape": [2]}}])"), {});
  const auto before = model->get_weights();
  EXPECT_EQ(load(weights_of({"x"}, {2, 3}), *model).error().message,
            "f: layer 'x' (the model's 'a'): 'x/kernel:0' has shape (2, 3); the model's a/kernel "
            "has (2, 2)");
  EXPECT_EQ(load(weights_of({"x", "y"}, {2, 2}), *model).error().message,
            "f: weights of 2 layers (x, y); the model has 1 (a)");
  test::H5py three;
  three.text("/", "keras_version", "2.3.1");
  three.texts("/", "layer_names", {"a"});
  three.layer("", "a", {{"k", {2, 2}}, {"b", {2}}, {"c", {2}}});
  EXPECT_EQ(load(three.bytes(), *model).error().message,
            "f: layer 'a' has 3 weights; the model's layer has 2: a/kernel, a/bias");
  EXPECT_EQ(model->get_weights(), before);
}

/// Keras 3's `.weights.h5`: by attribute, and layers counted by class.
TEST(KerasLayouts, FindsKeras3sPaths) {
  const auto model = built(layers(R"([{"LSTM": {"units": 1, "input_shape": [2, 1]}},
                                      {"Dense": {"units": 1}}, {"Dense": {"units": 1}}])"),
                           {});
  const auto file = [](const char* last) {
    test::H5py weights;
    weights.floats("layers/lstm/cell/vars/0", {1, 4}, {0, 1, 2, 3});
    weights.floats("layers/lstm/cell/vars/1", {1, 4}, {4, 5, 6, 7});
    weights.floats("layers/lstm/cell/vars/2", {4}, {8, 9, 10, 11});
    weights.floats("layers/dense/vars/0", {1, 1}, {12});
    weights.floats("layers/dense/vars/1", {1}, {13});
    weights.floats(std::string("layers/") + last + "/vars/0", {1, 1}, {14});
    weights.floats(std::string("layers/") + last + "/vars/1", {1}, {15});
    weights.floats("layers/dropout/seed_generator/vars/0", {2}, {1, 2});
    return weights.bytes();
  };
  const auto loaded = load(file("dense_1"), *model);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(model->get_weights()[2].values, (std::vector<float>{8, 9, 10, 11}));
  EXPECT_EQ(model->get_weights()[6].values, std::vector<float>{15});
  EXPECT_EQ(load(file("dense_2"), *model).error().message,
            "f: there are no weights 'layers/dense_1/vars' for dense_1/kernel");
}

TEST(KerasLayouts, OneDatasetNamedAgainAndAgainIsRefused) {
  test::H5py file;
  file.text("/", "keras_version", "2.3.1");
  const std::vector<std::string> names(2'000, "a");
  file.texts("/", "layer_names", names);
  file.layer("", "a", {{"a/kernel:0", {100, 100}}});
  const auto read = read_model_bytes(file.bytes(), "f");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, "f: 'a/a/kernel:0' is named more often than it is there");
}

}  // namespace
}  // namespace dk::model
