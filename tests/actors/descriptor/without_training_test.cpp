// SPDX-License-Identifier: GPL-3.0-or-later
// Jobs of no epochs, and predictions.
#include "actors/descriptor/job_model.hpp"
#include "base/files.hpp"
#include "storage/data/transforms/pipeline.hpp"
#include "tests/actors/descriptor/descriptor_fixture.hpp"
#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dk::test {
namespace {

using testing::HasSubstr;

constexpr const char* kSaved =
    R"({"raw":{"features":[{"name":"features","shape":[2]}],"labels":[{"name":"kind","shape":[]}]},)"
    R"("transforms":[{"scale":{"scale":1,"offset":-1}},{"one_hot":3}]})";

/// Four samples of two bytes with labels, and a model of three classes that was trained elsewhere.
class WithoutTraining : public testing::Test {
 protected:
  void SetUp() override {
    write("x", {0, 0, 8, 2, 0, 0, 0, 4, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8});
    write("y", {0, 0, 8, 1, 0, 0, 0, 4, 0, 1, 2, 0});
    const auto trained = read_descriptor(R"(name: before
model: [{Dense: {units: 3, activation: softmax, input_shape: [2]}}]
data: {train: {format: idx, features: x, labels: y}}
training: {loss: categorical_crossentropy, metrics: [accuracy]}
)",
                                         "before.yaml", files_.path());
    ASSERT_TRUE(trained) << trained.error().message;
    auto spec = *trained;
    spec.saved_transforms = kSaved;
    const auto model = build_initial_model(spec);
    ASSERT_TRUE(model) << model.error().message;
    ASSERT_TRUE(write_job_model(spec, **model, files_ / "m.keras", false));
  }
  void write(const std::string& name, const std::vector<std::uint8_t>& bytes) {
    ASSERT_TRUE(write_file_atomic(files_ / name, std::as_bytes(std::span(bytes))));
  }
  Result<JobSpec> read(const std::vector<std::string>& overrides = {}) {
    return read_descriptor(R"(name: evaluation
initial_model: m.keras
data: {test: {format: idx, features: x, labels: y}}
training: {epochs: 0}
)",
                           "job.yaml", files_.path(), overrides);
  }
  std::string faults(const std::vector<std::string>& overrides) {
    const auto spec = read(overrides);
    if (!spec) return spec.error().message;
    const auto checked = check_resources(*spec);
    return checked ? "" : checked.error().message;
  }

  TempDir files_;
};

TEST_F(WithoutTraining, ANamedModelAndTestDataAreEnough) {
  const auto spec = read();
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->epochs, 0U);
  EXPECT_EQ(spec->metrics, nlohmann::json::array({"accuracy"}));
  const auto facts = check_resources(*spec);
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ(facts->test_samples, 4U);
  EXPECT_EQ(facts->samples, 4U);
  EXPECT_EQ(facts->outputs, 3U);
}

TEST_F(WithoutTraining, TheTransformsAreThoseSavedWithTheModel) {
  auto spec = *read();
  take_fitted(spec, *check_resources(spec));
  ASSERT_EQ(spec.test->transforms.size(), 2U);
  EXPECT_TRUE(spec.test->transforms[0].contains("scale"));
  EXPECT_EQ(spec.saved_transforms, kSaved);
}

TEST_F(WithoutTraining, ButNotWhenTheDescriptorHasItsOwn) {
  EXPECT_EQ(faults({"data.transform=[{one_hot: 3}]"}), "");
  EXPECT_THAT(faults({"data.transform=[]"}), HasSubstr("one_hot: 3"));
  EXPECT_THAT(faults({"data.transform=[{standard: {}}, {one_hot: 3}]"}),
              HasSubstr("have not been fitted"));
  EXPECT_EQ(faults({"data.transform=[{standard: {}}, {one_hot: 3}]",
                    "data.train={format: idx, features: x, labels: y, limit: 3}",
                    "training.batch_size=2"}),
            "");
}

TEST_F(WithoutTraining, PredictionsNeedNoLabels) {
  EXPECT_THAT(faults({"data.test={format: idx, features: x}"}), HasSubstr("data.test.labels"));
  EXPECT_EQ(faults({"data.test={format: idx, features: x}", "output={predictions: y.npy}"}), "");
}

TEST_F(WithoutTraining, WhatMakesNoSenseIsRefused) {
  EXPECT_THAT(faults_of(kFull, {"training.epochs=0"}),
              HasSubstr("training.epochs is 0 and there is no initial_model"));
  EXPECT_THAT(faults({"training.callbacks=[terminate_on_nan]"}),
              HasSubstr("training.callbacks run at the end of an epoch"));
  EXPECT_THAT(faults({"data={train: {format: idx, features: x, labels: y}}"}),
              HasSubstr("data.test is missing, and training.epochs is 0"));
}

TEST_F(WithoutTraining, AModelThatDoesNotFitTheRowsIsTold) {
  write("wide", {0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6});
  EXPECT_THAT(faults({"data.test={format: idx, features: wide}", "output={predictions: y.npy}"}),
              HasSubstr("a row has 3 features; the transforms take 2"));
}

TEST(Predictions, AreAbsoluteAndOfAKindThatIsWritten) {
  const auto spec = read(kFull, {"output={predictions: y.csv}"});
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->output_predictions, kExamples.lexically_normal() / "y.csv");
  EXPECT_THAT(faults_of(kFull, {"output={predictions: y.h5}"}),
              HasSubstr("allowed: the path of a .csv or .npy file to write"));
  EXPECT_THAT(faults_of(kSmall, {"output={predictions: y.csv}"}),
              HasSubstr("output.predictions are those of data.test, which is missing"));
}

}  // namespace
}  // namespace dk::test
