// SPDX-License-Identifier: GPL-3.0-or-later
// Holds every model in tests/oracle/fixtures to the numbers of an independent implementation of
// Keras; tests/oracle/README.md says which, and what a fixture is.
#include "model/activations/activation.hpp"
#include "model/keras/read_json.hpp"
#include "model/losses/loss.hpp"
#include "model/model.hpp"
#include "model/optimizers/optimizer.hpp"
#include "model/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>

namespace dk::model {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::IsEmpty;

/// Of a value, or of `kFloor` where the value is smaller: sums of numbers around 1 in float32 are
/// no better than that.
constexpr double kPredictionTolerance = 1e-5;
constexpr double kTrainingTolerance = 1e-4;
constexpr double kFloor = 0.1;

std::vector<fs::path> fixtures() {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(DK_ORACLE_DIR)) {
    if (entry.path().extension() == ".json") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

json read_fixture(const fs::path& path) {
  std::ifstream file(path);
  return json::parse(file);
}

std::string name_of(const fs::path& path) {
  return path.parent_path().filename().string() + "_" + path.stem().string();
}

/// Values of several tensors, each sample's one after the other: as a model takes and gives them.
std::vector<float> rows_of(const json& tensors, std::size_t samples) {
  std::vector<float> rows;
  for (std::size_t sample = 0; sample < samples; ++sample) {
    for (const json& tensor : tensors) {
      const auto& values = tensor.at("values");
      const std::size_t size = values.size() / samples;
      for (std::size_t i = 0; i < size; ++i) rows.push_back(values[sample * size + i]);
    }
  }
  return rows;
}

std::vector<Weight> weights_of(const json& list) {
  std::vector<Weight> weights;
  for (const json& weight : list) {
    weights.push_back({weight.at("name"), weight.at("shape"), weight.at("values")});
  }
  return weights;
}

/// One line for the worst value of those that are too far off, or nothing.
std::string difference(std::span<const float> actual, std::span<const float> expected,
                       double tolerance, const std::string& what) {
  if (actual.size() != expected.size()) {
    return fmt::format("{}: {} values instead of {}", what, actual.size(), expected.size());
  }
  std::size_t wrong = 0;
  std::size_t worst = 0;
  double excess = 1;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double allowed = tolerance * std::max<double>(std::abs(expected[i]), kFloor);
    const double ratio = std::abs(double{actual[i]} - double{expected[i]}) / allowed;
    if (ratio <= 1) continue;
    ++wrong;
    if (ratio > excess || std::isnan(ratio)) worst = i;
    excess = std::max(excess, ratio);
  }
  if (wrong == 0) return {};
  return fmt::format("{}[{}] is {}, not {}; {} of {} are off, at most {:.1f} times the tolerance",
                     what, worst, actual[worst], expected[worst], wrong, actual.size(), excess);
}

class Oracle : public testing::TestWithParam<fs::path> {
 protected:
  void SetUp() override {
    fixture_ = read_fixture(GetParam());
    samples_ = fixture_.at("inputs").at(0).at("shape").at(0);
    training_ = fixture_.value("training", json());
    CompileConfig config;
    config.max_batch_size = samples_;
    config.training = !training_.is_null();
    if (config.training) {
      config.loss = training_.at("loss");
      config.loss_weights = training_.value("loss_weights", json());
    }
    const auto architecture = read_keras_json(fixture_.at("model").dump(), name_of(GetParam()));
    ASSERT_TRUE(architecture) << architecture.error().message;
    auto model = Model::build(*architecture, config);
    ASSERT_TRUE(model) << model.error().message;
    model_ = std::move(*model);
    const auto set = model_->set_weights(weights_of(fixture_.at("weights")));
    ASSERT_TRUE(set) << set.error().message;
    inputs_ = rows_of(fixture_.at("inputs"), samples_);
  }

  /// Five steps on the batch; the loss before each.
  void train(std::vector<float>& losses) {
    auto optimizer = make_optimizer(training_.at("optimizer"), model_->layout());
    ASSERT_TRUE(optimizer) << optimizer.error().message;
    const auto targets = rows_of(training_.at("targets"), samples_);
    const auto sample_weights = training_.value("sample_weights", std::vector<float>{});
    for (std::size_t step = 0; step < training_.at("losses").size(); ++step) {
      const BatchResult result =
          model_->compute_gradients(inputs_, targets, samples_, step, sample_weights);
      losses.push_back(static_cast<float>(result.loss_sum / static_cast<double>(samples_)));
      (*optimizer)->step(model_->trainable(), model_->gradients());
      model_->constrain();
    }
  }

  json fixture_;
  json training_;
  std::size_t samples_ = 0;
  std::unique_ptr<Model> model_;
  std::vector<float> inputs_;
};

TEST_P(Oracle, PredictsAndLearnsWhatKerasDoes) {
  EXPECT_EQ(difference(model_->predict(inputs_, samples_),
                       rows_of(fixture_.at("outputs"), samples_), kPredictionTolerance, "output"),
            "");
  if (training_.is_null()) return;
  std::vector<float> losses;
  ASSERT_NO_FATAL_FAILURE(train(losses));
  const std::vector<float> expected_losses = training_.at("losses");
  EXPECT_EQ(difference(losses, expected_losses, kTrainingTolerance, "loss"), "");
  const auto expected = weights_of(training_.at("weights_after"));
  const auto actual = model_->get_weights();
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    EXPECT_EQ(difference(actual[i].values, expected[i].values, kTrainingTolerance,
                         expected[i].name + " (" + actual[i].name + ")"),
              "");
  }
}

INSTANTIATE_TEST_SUITE_P(Fixtures, Oracle, testing::ValuesIn(fixtures()),
                         [](const auto& test) { return name_of(test.param); });

/// Calls `visit` with every key and value in the JSON, however deep.
void visit_all(const json& value,
               const std::function<void(const std::string&, const json&)>& visit) {
  if (value.is_object()) {
    for (const auto& [key, item] : value.items()) visit(key, item);
  }
  if (value.is_structured()) {
    for (const json& item : value) visit_all(item, visit);
  }
}

/// Everything that the fixtures use.
struct Vocabulary {
  std::set<std::string> class_names;
  std::set<std::string> activations;
  std::set<std::string> losses;
  std::set<std::string> optimizers;

  Vocabulary() {
    for (const fs::path& path : fixtures()) add(read_fixture(path));
  }

  void add(const json& fixture) {
    const bool keras_3 = fixture.at("model").contains("module");
    visit_all(fixture, [&](const std::string& key, const json& value) {
      if (!value.is_string()) return;
      const auto text = value.get<std::string>();
      if (key == "class_name") class_names.insert(text);
      if (key.ends_with("activation")) {
        activations.insert(keras_3 && text == "hard_sigmoid" ? "hard_sigmoid_keras_3" : text);
      }
    });
    if (!fixture.contains("training")) return;
    const json& training = fixture.at("training");
    optimizers.insert(training.at("optimizer").at("name").get<std::string>());
    const json& loss = training.at("loss");
    for (const json& one : loss.is_array() ? loss : json::array({loss})) {
      losses.insert(std::string((*make_loss(one))->name()));
    }
  }
};

/// Names of `known` that are not in `used`.
std::vector<std::string> missing(std::vector<std::string> known,
                                 const std::set<std::string>& used) {
  std::erase_if(known, [&](const std::string& name) { return used.contains(name); });
  return known;
}

TEST(OracleFixtures, CoverEverythingThatHasANumber) {
  const Vocabulary used;
  EXPECT_THAT(missing(known_layers(), used.class_names), IsEmpty());
  EXPECT_THAT(missing(known_activations(), used.activations), IsEmpty());
  EXPECT_THAT(missing(known_optimizers(), used.optimizers), IsEmpty());
  std::vector<std::string> losses;
  for (const std::string& name : known_losses()) {
    losses.emplace_back((*make_loss(name))->name());
  }
  EXPECT_THAT(missing(losses, used.losses), IsEmpty());
}

}  // namespace
}  // namespace dk::model
