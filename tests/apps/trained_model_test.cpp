// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/trained_model.hpp"

#include "base/files.hpp"
#include "model/keras/read_json.hpp"
#include "model/keras/write_json.hpp"
#include "storage/data/npy.hpp"
#include "tests/actors/api/fake_gateway.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

namespace dk::submit {
namespace {

/// y = x1 + 2 x2 + 3.
TrainedModel linear_model() {
  const auto layers = nlohmann::json::parse(R"([{"Dense":{"units":1,"input_shape":[2]}}])");
  TrainedModel trained;
  trained.file.source = "test";
  trained.file.architecture = model::read_layer_list(layers, "test").value();
  trained.file.weights = {.kind = model::StoredWeights::Kind::kFlat,
                          .source = "test",
                          .groups = {{"", {{"", {3}, {1, 2, 3}}}}}};
  trained.file.training_config = {{"loss", "mse"}, {"metrics", nullptr}};
  return trained;
}

TEST(TrainedModel, PredictsEverySampleAcrossBatches) {
  const auto model = build_trained(linear_model());
  ASSERT_TRUE(model) << model.error().message;
  FloatArray samples{{600, 2}, std::vector<float>(1200, 1)};
  samples.values[2 * 599] = 10;
  const auto outputs = predict(**model, samples);
  ASSERT_TRUE(outputs) << outputs.error().message;
  ASSERT_EQ(outputs->size(), 1U);
  EXPECT_EQ(outputs->front().shape, (std::vector<std::size_t>{600, 1}));
  EXPECT_EQ(outputs->front().values.front(), 6);
  EXPECT_EQ(outputs->front().values.back(), 15);
}

TEST(TrainedModel, SamplesOfAnotherSizeAreRefused) {
  const auto model = build_trained(linear_model());
  EXPECT_EQ(predict(**model, {{2, 3}, std::vector<float>(6)}).error().message,
            "the input has 2 samples of 3 values; the model takes 2 values");
}

TEST(TrainedModel, WeightsOfAnotherModelAreRefused) {
  auto trained = linear_model();
  trained.file.weights->groups[0].weights[0] = {"", {4}, {1, 2, 3, 4}};
  const auto model = build_trained(trained);
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, Errc::kInvalid);
}

TEST(TrainedModel, InputsAndOutputsOfAGraphAreFilesEach) {
  model::Architecture graph;
  graph.sequential = false;
  graph.inputs = {{"a", {1}}, {"b", {2}}};
  graph.layers = {{"Dense", "one", {{"units", 1}}}, {"Dense", "two", {{"units", 2}}}};
  graph.calls = {{0, {{0, 0}}}, {1, {{1, 0}}}};
  graph.outputs = {{3, 0}, {2, 0}};
  const auto model = model::Model::build(graph, {.max_batch_size = 2, .training = false}).value();
  // one: 2 a + 1; two: (b1, b2)
  const std::vector<float> weights{2, 1, 1, 0, 0, 1, 0, 0};
  std::copy(weights.begin(), weights.end(), model->parameters().begin());
  const std::vector<FloatArray> inputs{{{3, 1}, {1, 2, 3}}, {{3, 2}, {4, 5, 6, 7, 8, 9}}};
  const auto outputs = predict(*model, join_inputs(*model, inputs).value()).value();
  ASSERT_EQ(outputs.size(), 2U);
  EXPECT_EQ(outputs[0].values, inputs[1].values);
  EXPECT_EQ(outputs[1].values, (std::vector<float>{3, 5, 7}));
  EXPECT_FALSE(join_inputs(*model, std::span(inputs).first(1)));
  EXPECT_FALSE(join_inputs(*model, std::vector<FloatArray>{inputs[1], inputs[0]}));
}

TEST(TrainedModel, ReadsBackWhatItsFilesHold) {
  const test::TempDir dir;
  const auto trained = linear_model();
  const auto text = model::write_keras_json(*trained.file.architecture);
  ASSERT_TRUE(write_file_atomic(dir / "m.json", std::as_bytes(std::span(text))));
  const std::size_t shape[] = {3};
  ASSERT_TRUE(storage::write_npy(dir / "w.npy", shape, std::vector<float>{1, 2, 3}));
  const auto read = read_trained(dir / "m.json", dir / "w.npy");
  ASSERT_TRUE(read) << read.error().message;
  const auto model = build_trained(*read);
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ((*model)->parameters()[2], 3);
  EXPECT_FALSE(build_trained(*read_trained(dir / "m.json", "")));
}

TEST(TrainedModel, WeightsThatAreNoWholeFloatsAreCorrupt) {
  test::FakeGateway gateway;
  gateway.architecture_of_job = model::write_keras_json(*linear_model().file.architecture);
  gateway.weights_of_job = Bytes(5);
  EXPECT_EQ(fetch_trained(gateway, test::FakeGateway::kJob).error().code, Errc::kCorrupt);
}

TEST(TrainedModel, FeaturesAreScaledAsTheJobDoesIt) {
  FloatArray samples{{3, 1}, {0, 51, 255}};
  const auto transforms =
      nlohmann::json::parse(R"([{"min_max": {"from": [0, 255], "to": [0, 1]}}, {"one_hot": 10}])");
  const auto done = transform_features(transforms, samples);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(samples.shape, (std::vector<std::size_t>{3, 1}));
  EXPECT_EQ(samples.values[0], 0);
  EXPECT_FLOAT_EQ(samples.values[1], 0.2F);
  EXPECT_EQ(samples.values[2], 1);
}

TEST(TrainedModel, EvaluatesADataSetFromItsFiles) {
  const test::TempDir dir;
  // Two samples (1, 1) and (2, 0): outputs 6 and 5; labels 6 and 7: squared errors 0 and 4.
  const std::string features("\0\0\x08\x02\0\0\0\x02\0\0\0\x02\x01\x01\x02\x00", 16);
  const std::string labels("\0\0\x08\x01\0\0\0\x02\x06\x07", 10);
  ASSERT_TRUE(write_file_atomic(dir / "x", std::as_bytes(std::span(features))));
  ASSERT_TRUE(write_file_atomic(dir / "y", std::as_bytes(std::span(labels))));
  const auto model = build_trained(linear_model());
  const auto result = evaluate(**model, {storage::array_files("idx", dir / "x", dir / "y")});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->samples, 2U);
  EXPECT_DOUBLE_EQ(result->loss, 2);
}

}  // namespace
}  // namespace dk::submit
