// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model/model_support.hpp"

#include <cmath>

namespace dk::model {
namespace {

constexpr std::size_t kBatch = 3;

LayerSpec dense(const std::string& name, std::size_t units, const char* activation = "tanh") {
  return {"Dense", name, {{"units", units}, {"activation", activation}}};
}

/// One input of 4; layers are added with the tensors that they take.
class Graph {
 public:
  explicit Graph(std::vector<std::size_t> inputs) {
    model_.sequential = false;
    model_.name = "graph";
    for (const std::size_t size : inputs) {
      model_.inputs.push_back({"in_" + std::to_string(model_.inputs.size()), {size}});
    }
  }

  [[nodiscard]] TensorRef input(std::uint32_t index) const { return {index, 0}; }
  std::uint32_t layer(LayerSpec spec) {
    model_.layers.push_back(std::move(spec));
    return static_cast<std::uint32_t>(model_.layers.size() - 1);
  }
  TensorRef call(std::uint32_t layer, std::vector<TensorRef> inputs) {
    model_.calls.push_back({layer, std::move(inputs)});
    return {static_cast<std::uint32_t>(model_.inputs.size() + model_.calls.size() - 1), 0};
  }
  TensorRef add(LayerSpec spec, std::vector<TensorRef> inputs) {
    return call(layer(std::move(spec)), std::move(inputs));
  }
  Architecture with_outputs(std::vector<TensorRef> outputs) {
    model_.outputs = std::move(outputs);
    return model_;
  }

 private:
  Architecture model_;
};

/// Every gradient against central differences of the loss.
void expect_true_gradients(const Architecture& architecture, const CompileConfig& config) {
  constexpr float kStep = 2e-3F;
  constexpr double kTolerance = 2e-3;
  const auto model = built(architecture, config);
  model->initialize(3);
  const auto x = random_floats(kBatch * model->input_size(), 1);
  const auto y = random_floats(kBatch * model->target_size(), 2);
  const auto loss = [&] { return model->compute_gradients(x, y, kBatch, 5).loss_sum / kBatch; };
  loss();
  const std::vector<float> gradients(model->gradients().begin(), model->gradients().end());
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const float kept = model->parameters()[i];
    model->parameters()[i] = kept + kStep;
    const double above = loss();
    model->parameters()[i] = kept - kStep;
    const double below = loss();
    model->parameters()[i] = kept;
    EXPECT_NEAR(gradients[i], (above - below) / (2 * kStep), kTolerance) << "parameter " << i;
  }
}

TEST(Network, SharedLayerLearnsFromAllItsCalls) {
  Graph graph({4, 4});
  const auto shared = graph.layer(dense("shared", 3));
  const auto a = graph.call(shared, {graph.input(0)});
  const auto b = graph.call(shared, {graph.input(1)});
  const auto deeper = graph.add(dense("deeper", 3), {b});
  const auto architecture = graph.with_outputs({a, deeper});
  EXPECT_EQ(built(architecture, {"mse", {}, kBatch})->parameter_count(), 15U + 12U);
  expect_true_gradients(architecture, {"mse", {}, kBatch});
}

TEST(Network, TensorThatIsReadTwiceGetsBothGradients) {
  Graph graph({4});
  const auto hidden = graph.add(dense("hidden", 5), {graph.input(0)});
  const auto left = graph.add(dense("left", 2), {hidden});
  const auto changed = graph.add({"Activation", "squash", {{"activation", "sigmoid"}}}, {hidden});
  const auto right = graph.add(dense("right", 2), {changed});
  expect_true_gradients(graph.with_outputs({left, right, hidden}), {"mse", {}, kBatch});
}

TEST(Network, OutputThatIsGivenTwiceCountsTwice) {
  Graph graph({4});
  const auto hidden = graph.add(dense("hidden", 2), {graph.input(0)});
  expect_true_gradients(graph.with_outputs({hidden, hidden}), {"mse", {}, kBatch});
}

TEST(Network, LayersThatWorkInPlaceLeaveWhatOthersReadAlone) {
  Graph graph({4});
  const auto hidden = graph.add(dense("hidden", 4, "linear"), {graph.input(0)});
  const auto once = graph.add({"Activation", "one", {{"activation", "sigmoid"}}}, {hidden});
  const auto twice = graph.add({"Activation", "two", {{"activation", "tanh"}}}, {once});
  const auto flat = graph.add({"Flatten", "flat"}, {hidden});
  const auto out = graph.add(dense("out", 1), {flat});
  const auto architecture = graph.with_outputs({twice, out, hidden});
  expect_true_gradients(architecture, {"mse", {}, kBatch});
  const auto model = built(architecture, {"mse", {}, kBatch});
  model->initialize(1);
  const auto y = model->predict(random_floats(4, 9), 1);
  for (int i = 0; i < 4; ++i) {
    EXPECT_NEAR(y[i], std::tanh(1 / (1 + std::exp(-y[5 + i]))), 1e-6F);
  }
}

TEST(Network, NestedModelUsedTwiceIsOneSetOfWeights) {
  Architecture inner;
  inner.inputs = {{"inner_in", {4}}};
  inner.append(dense("first", 3));
  inner.append(dense("second", 2));
  Graph graph({4, 4});
  const auto encoder = graph.layer({"Sequential", "encoder", nlohmann::json::object(), true,
                                    std::make_shared<const Architecture>(inner)});
  const auto a = graph.call(encoder, {graph.input(0)});
  const auto b = graph.call(encoder, {graph.input(1)});
  const auto architecture = graph.with_outputs({graph.add(dense("head", 1), {a}), b});
  const auto model = built(architecture, {"mse", {}, kBatch});
  EXPECT_EQ(model->parameter_count(), 15U + 8U + 3U);
  EXPECT_EQ(model->layout().variables()[0].path(), "encoder/first/kernel");
  expect_true_gradients(architecture, {"mse", {}, kBatch});
}

TEST(Network, LossWeightsScaleGradients) {
  Graph graph({4});
  const auto a = graph.add(dense("a", 2), {graph.input(0)});
  const auto b = graph.add(dense("b", 2), {graph.input(0)});
  const auto architecture = graph.with_outputs({a, b});
  CompileConfig config{nlohmann::json{{"a", "mse"}, {"b", "mse"}}, {}, kBatch};
  config.loss_weights = {0.5, 3};
  expect_true_gradients(architecture, config);
}

TEST(Network, OutputWithoutALossTeachesNothing) {
  Graph graph({4});
  const auto hidden = graph.add(dense("hidden", 3), {graph.input(0)});
  const auto a = graph.add(dense("a", 2), {hidden});
  const auto b = graph.add(dense("b", 2), {hidden});
  const auto architecture = graph.with_outputs({a, b});
  expect_true_gradients(architecture, {nlohmann::json{{"a", "mse"}}, {}, kBatch});
}

TEST(Network, PartsThatDoNotFitAreRefused) {
  const auto error = [](const Architecture& architecture) {
    const auto model = Model::build(architecture, {"mse", {}, kBatch});
    return model ? "built" : model.error().message;
  };
  Graph forward({4});
  EXPECT_THAT(error(forward.with_outputs({forward.add(dense("a", 2), {{7, 0}})})),
              testing::HasSubstr("a tensor that is not made before its use"));
  Graph lost({4});
  const auto used = lost.add(dense("used", 2), {lost.input(0)});
  lost.add(dense("lost", 2), {lost.input(0)});
  EXPECT_EQ(error(lost.with_outputs({used})), "layer 'lost' leads to no output of the model");
  Graph two({4});
  const auto out = two.add(dense("a", 2), {two.input(0), two.input(0)});
  EXPECT_EQ(error(two.with_outputs({out})), "layer 'a' (Dense): takes one input, not 2");
  Graph second({4});
  const auto single = second.add(dense("a", 2), {second.input(0)});
  EXPECT_THAT(error(second.with_outputs({{single.source, 1}})), testing::HasSubstr("output 1"));
}

TEST(Network, MasksOfMoreThanStepsAreRefusedWhereTheyWouldBeJoined) {
  auto architecture = layers(R"([{"Masking": {"input_shape": [2, 3, 4]}}, "Add"])");
  architecture.calls[1].inputs.push_back({0, 0});
  EXPECT_EQ(Model::build(architecture, {"mse", nullptr, kBatch}).error().message,
            "layer 'add' (Add): is given a mask of shape (2, 3); supported: one value per step");
  architecture.inputs[0].shape = {3, 4};
  EXPECT_TRUE(Model::build(architecture, {"mse", nullptr, kBatch}));
}

}  // namespace
}  // namespace dk::model
