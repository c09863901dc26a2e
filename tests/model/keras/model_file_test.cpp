// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/model_file.hpp"

#include "model/keras/keras_order.hpp"
#include "tests/model/model_support.hpp"
#include "tests/support/temp_dir.hpp"

#include <cstring>

namespace dk::model {
namespace {

constexpr const char* kWhole[] = {"m.h5", "m.hdf5", "m.keras"};
constexpr const char* kWeights[] = {"m.weights.h5", "m.npz"};

Architecture convolutional() {
  return layers(R"([{"Conv2D": {"filters": 3, "kernel_size": 2, "input_shape": [6, 6, 1]}},
                    "BatchNormalization", {"Activation": {"activation": "relu"}}, "Flatten",
                    {"Dropout": {"rate": 0.5}}, {"Dense": {"units": 2, "trainable": false}}])");
}

Architecture recurrent() {
  return layers(R"([{"Embedding": {"input_dim": 9, "output_dim": 4, "input_shape": [5]}},
                    {"Bidirectional": {"layer": {"LSTM": {"units": 3, "return_sequences": true}}}},
                    {"GRU": {"units": 2}}, {"Dense": {"units": 1}}])");
}

/// A model within a model, called twice, and its layers' own names again outside.
Architecture nested() {
  auto inner =
      std::make_shared<Architecture>(layers(R"([{"Dense": {"units": 3, "input_shape": [3]}},
                                                         "BatchNormalization"])"));
  Architecture outer;
  outer.name = "outer";
  outer.sequential = false;
  outer.inputs = {{"a", {3}}, {"b", {3}}};
  outer.layers = {{"Sequential", "sequential", nlohmann::json::object(), true, inner},
                  layers(R"([{"Dense": {"units": 2, "input_shape": [3]}}])").layers[0],
                  layers(R"([{"Concatenate": {"input_shape": [3]}}])").layers[0]};
  outer.calls = {{0, {{0, 0}}}, {0, {{1, 0}}}, {2, {{2, 0}, {3, 0}}}, {1, {{4, 0}}}};
  outer.outputs = {{5, 0}, {3, 0}};
  return outer;
}

/// Every weight another, with bits that only a copy keeps.
std::unique_ptr<Model> filled(const Architecture& architecture) {
  auto model = built(architecture, {});
  const auto values = random_floats(model->parameter_count(), 3);
  std::copy(values.begin(), values.end(), model->parameters().begin());
  const std::uint32_t odd[] = {0x80000000U, 0x00000001U, 0x7f7fffffU};
  std::memcpy(model->parameters().data(), odd, sizeof odd);
  return model;
}

std::vector<std::uint32_t> bits(std::span<const float> values) {
  std::vector<std::uint32_t> raw(values.size());
  std::memcpy(raw.data(), values.data(), values.size_bytes());
  return raw;
}

class ModelFiles : public testing::TestWithParam<Architecture (*)()> {};

TEST_P(ModelFiles, WholeModelsComeBackBitForBit) {
  const auto model = filled(GetParam()());
  for (const char* name : kWhole) {
    const auto bytes = model_file_bytes(name, *model);
    ASSERT_TRUE(bytes) << bytes.error().message;
    EXPECT_EQ(*bytes, model_file_bytes(name, *model).value());
    const auto file = read_model_bytes(*bytes, name);
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(*file->architecture, in_keras_order(model->architecture()));
    const auto again = build_model(*file, {});
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ((*again)->get_weights(), (*again)->get_weights());
    auto same = built(model->architecture(), {});
    const auto loaded = load_weights(*file->weights, *same);
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(bits(same->parameters()), bits(model->parameters())) << name;
  }
}

TEST_P(ModelFiles, WeightsAloneComeBackBitForBit) {
  const auto model = filled(GetParam()());
  auto files = std::vector<Bytes>{model_file_bytes("m.h5", *model, {.weights_only = true}).value()};
  for (const char* name : kWeights) files.push_back(model_file_bytes(name, *model).value());
  for (const Bytes& bytes : files) {
    const auto file = read_model_bytes(bytes, "f");
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_FALSE(file->architecture);
    auto same = built(model->architecture(), {});
    const auto loaded = load_weights(*file->weights, *same);
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(bits(same->parameters()), bits(model->parameters()));
  }
}

TEST_P(ModelFiles, EveryFiftiethCutAndManyFlipsAreRefusedOrHarmless) {
  const auto model = filled(GetParam()());
  Random random(11);
  for (const char* name : {"m.h5", "m.keras", "m.npz", "m.json"}) {
    const auto bytes = model_file_bytes(name, *model).value();
    for (std::size_t part = 0; part < 50; ++part) {
      EXPECT_FALSE(read_model_bytes(std::span(bytes).first(bytes.size() * part / 50), "f")) << part;
    }
    for (int round = 0; round < 100; ++round) {
      auto damaged = bytes;
      damaged[random.below(bytes.size())] ^= std::byte{1} << random.below(8);
      const auto file = read_model_bytes(damaged, "f");
      if (!file) {
        EXPECT_THAT(file.error().message, testing::StartsWith("f"));
      } else if (file->weights) {
        auto same = built(model->architecture(), {});
        static_cast<void>(load_weights(*file->weights, *same));
      }
    }
  }
}

Architecture without_weights() {
  return layers(R"([{"Flatten": {"input_shape": [2, 3]}}])");
}

TEST(ModelFile, AModelWithoutWeightsHasFilesToo) {
  const auto model = built(without_weights(), {});
  for (const char* name : {"m.h5", "m.keras", "m.npz", "m.weights.h5"}) {
    const auto file = read_model_bytes(model_file_bytes(name, *model).value(), name);
    ASSERT_TRUE(file) << file.error().message;
    const auto loaded = load_weights(*file->weights, *model);
    EXPECT_TRUE(loaded) << loaded.error().message;
  }
}

INSTANTIATE_TEST_SUITE_P(Architectures, ModelFiles,
                         testing::Values(mnist_mlp, convolutional, recurrent, nested));

TEST(ModelFile, KeepsWhatItWasCompiledWithAndTheOptimizer) {
  const auto model = filled(convolutional());
  for (const char* text : {R"({"name": "adam", "amsgrad": true, "learning_rate": 0.25})",
                           R"({"name": "rmsprop", "momentum": 0.5, "centered": true})",
                           R"({"name": "sgd", "momentum": 0.5})"}) {
    auto optimizer = make_optimizer(nlohmann::json::parse(text), model->layout()).value();
    const auto gradients = random_floats(model->trainable_count(), 5);
    for (int step = 0; step < 3; ++step) optimizer->step(model->trainable(), gradients);
    const SaveOptions options{{{"loss", "mse"}, {"metrics", {"mae"}}}, optimizer.get()};
    for (const char* name : kWhole) {
      const auto file = read_model_bytes(model_file_bytes(name, *model, options).value(), name);
      ASSERT_TRUE(file) << file.error().message;
      EXPECT_EQ(file->training_config["loss"], "mse");
      EXPECT_EQ(file->training_config["metrics"], nlohmann::json::array({"mae"}));
      auto again = make_optimizer(file->training_config["optimizer"], model->layout()).value();
      const auto loaded = load_optimizer(*file->optimizer, model->layout(), *again);
      ASSERT_TRUE(loaded) << loaded.error().message;
      EXPECT_EQ(bits(again->state()), bits(optimizer->state())) << name << text;
    }
  }
}

TEST(ModelFile, AnOptimizerThatDoesNotFitIsRefused) {
  const auto model = filled(convolutional());
  auto adam = make_optimizer("adam", model->layout()).value();
  const auto file =
      read_model_bytes(model_file_bytes("m.keras", *model, {.optimizer = adam.get()}).value(), "f");
  auto sgd = make_optimizer("sgd", model->layout()).value();
  EXPECT_EQ(load_optimizer(*file->optimizer, model->layout(), *sgd).error().message,
            "f: model.weights.h5: the optimizer has 8 tensors; 0 slots of 4 variables make 0");
}

TEST(ModelFile, IsToldByItsContentAndWrittenByItsName) {
  const dk::test::TempDir dir;
  const auto model = filled(mnist_mlp());
  ASSERT_TRUE(write_model_file(dir / "m.keras", *model));
  std::filesystem::rename(dir / "m.keras", dir / "m.bin");
  EXPECT_TRUE(read_model_file(dir / "m.bin")->architecture);
  EXPECT_EQ(check_model_file_name("m.pt").error().message,
            "m.pt: no kind of model file has this ending; there are .weights.h5, .h5, .hdf5, "
            ".keras, .json, .npz");
  const std::string text = "hello";
  EXPECT_EQ(read_model_bytes(std::as_bytes(std::span(text)), "f").error().message,
            "f: not a model: neither Keras' JSON nor HDF5 nor a .keras or .npz archive nor .npy");
  EXPECT_EQ(read_model_file(dir / "none.h5").error().code, Errc::kNotFound);
}

TEST(ModelFile, WeightsAloneAreNoModel) {
  const auto model = filled(mnist_mlp());
  const auto file = read_model_bytes(model_file_bytes("m.npz", *model).value(), "f");
  EXPECT_EQ(build_model(*file, {}).error().message,
            "f: weights without a model; give a file with its architecture");
}

TEST(ModelFile, KeepsTheTransformsAsTheyAre) {
  const auto model = filled(recurrent());
  SaveOptions options;
  options.transforms = R"({"transforms": [)" + std::string(100'000, ' ') + "]}";
  for (const char* name : kWhole) {
    const auto file = read_model_bytes(model_file_bytes(name, *model, options).value(), name);
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(file->transforms, options.transforms) << name;
    EXPECT_TRUE(read_model_bytes(model_file_bytes(name, *model).value(), name)->transforms.empty());
  }
}

}  // namespace
}  // namespace dk::model
