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

TEST(TrainedModel, WeightsOfAnotherModelAreRefused) {
  auto trained = linear_model();
  trained.file.weights->groups[0].weights[0] = {"", {4}, {1, 2, 3, 4}};
  const auto model = build_trained(trained);
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, Errc::kInvalid);
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

TEST(TrainedModel, DamagedTransformsAreRefusedWithTheFile) {
  auto trained = linear_model();
  EXPECT_FALSE(*saved_pipeline(trained));
  trained.file.transforms = "{}";
  EXPECT_EQ(saved_pipeline(trained).error().message,
            "test: the saved transforms are no JSON of raw and transforms");
}

}  // namespace
}  // namespace dk::submit
