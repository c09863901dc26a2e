// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/files.hpp"
#include "storage/data/transforms/pipeline.hpp"
#include "tests/actors/descriptor/descriptor_fixture.hpp"
#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dk::test {
namespace {

using testing::HasSubstr;

/// Four samples of two bytes each, with the labels 0, 1, 2, 0.
class CheckResources : public testing::Test {
 protected:
  void SetUp() override {
    write("x", {0, 0, 8, 2, 0, 0, 0, 4, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8});
    write("y", {0, 0, 8, 1, 0, 0, 0, 4, 0, 1, 2, 0});
  }
  void write(const std::string& name, const std::vector<std::uint8_t>& bytes) {
    ASSERT_TRUE(write_file_atomic(files_ / name, std::as_bytes(std::span(bytes))));
  }
  /// What is wrong with the job after these changes; "" when nothing is.
  std::string faults(const std::vector<std::string>& overrides = {}) {
    const auto spec = read_descriptor(R"(name: tiny
model: [{Dense: {units: 3, activation: softmax, input_shape: [2]}}]
data:
  train: {format: idx, features: x, labels: y}
  transform: [{one_hot: 3}]
training: {loss: categorical_crossentropy, metrics: [accuracy], batch_size: 4}
)",
                                      "job.yaml", files_.path(), overrides);
    if (!spec) return "not valid: " + spec.error().message;
    const auto checked = check_resources(*spec);
    return checked ? "" : checked.error().message;
  }

 private:
  TempDir files_;
};

TEST_F(CheckResources, PassWhenAllFits) {
  EXPECT_EQ(faults(), "");
  EXPECT_EQ(faults({"data.test={format: idx, features: x, labels: y}"}), "");
  EXPECT_EQ(faults({"training.loss=sparse_categorical_crossentropy", "data.transform=[]"}), "");
}

TEST_F(CheckResources, NameTheFileThatIsNotThere) {
  EXPECT_THAT(faults({"data.train.features=gone"}), HasSubstr("gone"));
}

TEST_F(CheckResources, RefuseSamplesThatTheModelDoesNotTake) {
  EXPECT_EQ(faults({"model=[{Dense: {units: 3, input_shape: [5]}}]"}),
            "data.train.features: a sample has 2 values and the model takes 5; allowed: as many");
}

TEST_F(CheckResources, TellTheOneHotThatIsMissingOrTooMuch) {
  EXPECT_THAT(faults({"data.transform=[]"}), HasSubstr("add one_hot: 3 to data.transform"));
  EXPECT_THAT(faults({"training.loss=sparse_categorical_crossentropy"}),
              HasSubstr("remove one_hot from data.transform"));
  EXPECT_THAT(faults({"data.transform=[{one_hot: 4}]"}), HasSubstr("allowed: one_hot: 3"));
}

TEST_F(CheckResources, RefuseALabelBeyondTheClasses) {
  EXPECT_NE(faults({"data.transform=[{one_hot: 2}]"}), "");
  EXPECT_THAT(faults({"training.loss=sparse_categorical_crossentropy", "data.transform=[]",
                      "model=[{Dense: {units: 2, activation: softmax, input_shape: [2]}}]"}),
              HasSubstr("x: row 2 is 2; allowed: a whole number from 0 to 1"));
}

TEST_F(CheckResources, RefuseABatchAboveTheTrainingSet) {
  EXPECT_EQ(faults({"training.batch_size=5"}),
            "training.batch_size is 5 and data.train has 4 samples; allowed: up to that many");
}

TEST_F(CheckResources, HoldAValidationSetToTheModelToo) {
  EXPECT_EQ(faults({"data.validation={format: idx, features: x, labels: y}"}), "");
  EXPECT_THAT(faults({"data.validation={format: idx, features: y, labels: y}"}),
              HasSubstr("data.validation.features: a sample has 1 values"));
}

TEST_F(CheckResources, RefuseACallbackThatWatchesWhatIsNotMeasured) {
  EXPECT_EQ(faults({"training.callbacks=[{name: early_stopping, monitor: accuracy}]"}), "");
  EXPECT_EQ(
      faults({"training.callbacks=[terminate_on_nan, early_stopping]"}),
      "training.callbacks[1]: a callback needs \"val_loss\", which is not measured; there are "
      "loss, accuracy; data.validation would add the same behind val_");
  const std::string validation = "data.validation={format: idx, features: x, labels: y}";
  EXPECT_EQ(faults({"training.callbacks=[early_stopping]", validation}), "");
  EXPECT_THAT(faults({"training.callbacks=[{name: early_stopping, monitor: val_mse}]", validation}),
              HasSubstr("there are loss, accuracy, val_loss, val_accuracy"));
}

TEST_F(CheckResources, TellAllFaultsAtOnce) {
  const auto text = faults({"training.batch_size=5",
                            "data.test={format: idx, features: gone, "
                            "labels: y}"});
  EXPECT_THAT(text, HasSubstr("training.batch_size is 5"));
  EXPECT_THAT(text, HasSubstr("\ndata.test: "));
}

TEST(Examples, MoonsHaveAValidationSetAndFittedTransforms) {
  const auto text = read_file(kExamples / "moons.yaml");
  ASSERT_TRUE(text);
  auto spec = read_descriptor(*text, "moons.yaml", kExamples);
  ASSERT_TRUE(spec) << spec.error().message;
  const auto facts = check_resources(*spec);
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ(facts->samples, 360U);
  take_fitted(*spec, *facts);
  EXPECT_EQ(spec->validation->transforms, facts->transforms);
  EXPECT_NE(facts->transforms[1].dump().find("mean"), std::string::npos) << facts->transforms;
  const auto saved = storage::transforms_from_text(spec->saved_transforms);
  ASSERT_TRUE(saved) << saved.error().message;
  EXPECT_EQ(saved->config(), facts->transforms);
}

}  // namespace
}  // namespace dk::test
