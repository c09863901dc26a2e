// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/model_file.hpp"
#include "model/optimizers/optimizer.hpp"
#include "tests/model/model_support.hpp"

#include <cstring>

namespace dk::model {
namespace {

constexpr std::size_t kRows = 8;
constexpr std::uint64_t kSteps = 3;

using OptimizerAndFile = std::tuple<nlohmann::json, std::string>;

CompileConfig compiled() {
  return {"mse", nullptr, kRows};
}

/// With moving statistics, random drops and a constraint: what a resumed run could lose.
std::unique_ptr<Model> fresh_model() {
  auto model = built(layers(R"([{"Dense": {"units": 7, "input_shape": [5], "activation": "tanh",
                                           "kernel_constraint": "max_norm"}},
                                "BatchNormalization", {"Dropout": {"rate": 0.25}},
                                {"Dense": {"units": 2, "kernel_regularizer": "l2"}}])"),
                     compiled());
  model->initialize(5);
  return model;
}

void train(Model& model, Optimizer& optimizer, std::uint64_t first_step) {
  for (std::uint64_t step = first_step; step < first_step + kSteps; ++step) {
    const auto x = random_floats(kRows * model.input_size(), 100 + step);
    const auto y = random_floats(kRows * model.target_size(), 200 + step);
    model.compute_gradients(x, y, kRows, step);
    optimizer.step(model.trainable(), model.gradients());
    model.constrain();
  }
}

std::vector<std::uint32_t> bits(std::span<const float> values) {
  std::vector<std::uint32_t> raw(values.size());
  std::memcpy(raw.data(), values.data(), values.size_bytes());
  return raw;
}

class Resuming : public testing::TestWithParam<OptimizerAndFile> {};

TEST_P(Resuming, FromAFileEqualsAnUninterruptedRunBitForBit) {
  const auto& [config, file_name] = GetParam();
  auto model = fresh_model();
  auto optimizer = make_optimizer(config, model->layout()).value();
  train(*model, *optimizer, 0);
  const SaveOptions options{{{"loss", "mse"}}, optimizer.get()};
  const auto bytes = model_file_bytes(file_name, *model, options);
  ASSERT_TRUE(bytes) << bytes.error().message;
  train(*model, *optimizer, kSteps);

  const auto file = read_model_bytes(*bytes, file_name);
  ASSERT_TRUE(file) << file.error().message;
  auto resumed = build_model(*file, compiled()).value();
  auto again = make_optimizer(file->training_config["optimizer"], resumed->layout());
  ASSERT_TRUE(again) << again.error().message;
  const auto loaded = load_optimizer(*file->optimizer, resumed->layout(), **again);
  ASSERT_TRUE(loaded) << loaded.error().message;
  train(*resumed, **again, kSteps);

  EXPECT_EQ(bits(resumed->parameters()), bits(model->parameters()));
  EXPECT_EQ(bits((*again)->state()), bits(optimizer->state()));
  EXPECT_EQ((*again)->learning_rate(), optimizer->learning_rate());
}

std::vector<nlohmann::json> optimizers() {
  std::vector<nlohmann::json> configs;
  for (const std::string& name : known_optimizers()) configs.push_back({{"name", name}});
  for (const char* text :
       {R"({"name": "sgd", "momentum": 0.9, "nesterov": true, "learning_rate": 0.3})",
        R"({"name": "rmsprop", "momentum": 0.5, "centered": true})",
        R"({"name": "adam", "amsgrad": true, "clipnorm": 0.1})",
        R"({"name": "adamw", "weight_decay": 0.01, "global_clipnorm": 0.1})",
        R"({"name": "nadam", "learning_rate": {"name": "cosine_decay", "decay_steps": 5,
                                                "initial_learning_rate": 0.1}})",
        R"({"name": "sgd", "momentum": 0.9,
            "learning_rate": {"name": "exponential_decay", "initial_learning_rate": 0.1,
                              "decay_steps": 2, "decay_rate": 0.5, "staircase": true}})"}) {
    configs.push_back(nlohmann::json::parse(text));
  }
  return configs;
}

std::string name_of(const testing::TestParamInfo<OptimizerAndFile>& test) {
  const auto& [config, file_name] = test.param;
  return fmt::format("{}{}{}", config["name"].get<std::string>(), test.index,
                     file_name == "m.h5" ? "H5" : "Keras");
}

INSTANTIATE_TEST_SUITE_P(Optimizers, Resuming,
                         testing::Combine(testing::ValuesIn(optimizers()),
                                          testing::Values("m.h5", "m.keras")),
                         name_of);

}  // namespace
}  // namespace dk::model
