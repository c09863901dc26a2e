// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/descriptor.hpp"

#include "base/files.hpp"
#include "tests/actors/descriptor/descriptor_fixture.hpp"

#include <gtest/gtest.h>

namespace dk::test {
namespace {

using std::chrono::milliseconds;

TEST(Descriptor, TakesEveryKeyAsItStands) {
  const auto spec = read(kFull);
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->name, "full");
  EXPECT_EQ(spec->train.format, "idx");
  EXPECT_EQ(spec->train.features, kExamples / "x.gz");
  EXPECT_EQ(spec->train.labels, kExamples / "y.gz");
  ASSERT_TRUE(spec->test);
  EXPECT_EQ(spec->test->features, kExamples / "test-x.gz");
  EXPECT_EQ(spec->algorithm.name, "downpour");
  EXPECT_EQ(spec->algorithm.parameters, nlohmann::json({{"window", 5}}));
  EXPECT_EQ(spec->optimizer, nlohmann::json({{"name", "adam"}, {"learning_rate", 0.01}}));
  EXPECT_EQ(spec->loss, "categorical_crossentropy");
  EXPECT_EQ(spec->metrics, nlohmann::json::array({"accuracy"}));
  EXPECT_EQ(spec->batch_size, 64U);
  EXPECT_EQ(spec->epochs, 7U);
  EXPECT_FALSE(spec->shuffle);
  EXPECT_EQ(spec->workers_min, 2U);
  EXPECT_EQ(spec->workers_max, 4U);
  EXPECT_EQ(spec->parameter_servers, 3U);
  EXPECT_EQ(spec->checkpoint_every, milliseconds(1500));
  EXPECT_EQ(spec->checkpoint_keep, 5U);
  EXPECT_EQ(spec->seed, 42U);
}

TEST(Descriptor, GivesBothDataSetsTheSameTransforms) {
  const auto spec = read(kFull);
  ASSERT_TRUE(spec) << spec.error().message;
  const std::vector<storage::Transform> expected{storage::MinMax{0, 255, -1, 1},
                                                 storage::OneHot{10}};
  EXPECT_EQ(spec->train.transforms, expected);
  EXPECT_EQ(spec->test->transforms, expected);
}

TEST(Descriptor, TakesAValidationSetWithTheSameTransforms) {
  const auto spec = read(with(kFull, "  transform",
                              "  validation: {format: npy, features: v, labels: w}\n"
                              "  transform"));
  ASSERT_TRUE(spec) << spec.error().message;
  ASSERT_TRUE(spec->validation);
  EXPECT_EQ(spec->validation->features, kExamples / "v");
  EXPECT_EQ(spec->validation->transforms, spec->train.transforms);
}

TEST(Descriptor, TakesCallbacksAndFindsTheirFilesFromItsFolder) {
  const auto spec = read(std::string(kSmall) + R"(  callbacks:
    - {name: early_stopping, monitor: loss, patience: 3}
    - terminate_on_nan
    - {name: CSVLogger, filename: logs/../run.csv}
    - {name: model_checkpoint, filepath: 'm-{epoch:02d}.keras'}
    - {name: model_checkpoint, filepath: /m.keras}
)");
  ASSERT_TRUE(spec) << spec.error().message;
  ASSERT_EQ(spec->callbacks.size(), 5U);
  EXPECT_EQ(spec->callbacks[0],
            nlohmann::json({{"name", "early_stopping"}, {"monitor", "loss"}, {"patience", 3}}));
  EXPECT_EQ(spec->callbacks[1], nlohmann::json({{"name", "terminate_on_nan"}}));
  EXPECT_EQ(spec->callbacks[2]["filename"], (kExamples / "run.csv").string());
  EXPECT_EQ(spec->callbacks[3]["filepath"], (kExamples / "m-{epoch:02d}.keras").string());
  EXPECT_EQ(spec->callbacks[4]["filepath"], "/m.keras");
}

TEST(Descriptor, TakesNoFieldsFromTheNameOfItsFolder) {
  const auto spec = read_descriptor(
      std::string(kSmall) + "  callbacks: [{name: model_checkpoint, filepath: '{epoch}.h5'}]\n",
      "job.yaml", "/a{b}", {"model=[{Dense: {units: 1, input_shape: [1]}}]"});
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->callbacks[0]["filepath"], "/a{{b}}/{epoch}.h5");
}

TEST(Descriptor, HasTheDocumentedDefaults) {
  const auto spec = read(kSmall);
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_FALSE(spec->validation);
  EXPECT_FALSE(spec->test);
  EXPECT_EQ(spec->callbacks, nlohmann::json::array());
  EXPECT_TRUE(spec->train.transforms.empty());
  EXPECT_EQ(spec->algorithm.name, "adag");
  EXPECT_EQ(spec->algorithm.parameters, nlohmann::json::object());
  EXPECT_EQ(spec->optimizer, nlohmann::json({{"name", "adam"}}));
  EXPECT_TRUE(spec->metrics.empty());
  EXPECT_EQ(spec->batch_size, 32U);
  EXPECT_EQ(spec->epochs, 1U);
  EXPECT_TRUE(spec->shuffle);
  EXPECT_EQ(spec->workers_min, 1U);
  EXPECT_EQ(spec->workers_max, 1U);
  EXPECT_EQ(spec->parameter_servers, 1U);
  EXPECT_EQ(spec->checkpoint_every, milliseconds(10'000));
  EXPECT_EQ(spec->checkpoint_keep, 3U);
  EXPECT_EQ(spec->seed, 1U);
}

TEST(Descriptor, TakesNamesWithoutParametersAsPlainText) {
  const auto spec = read(std::string(kSmall) + "  algorithm: single\n  optimizer: sgd\n");
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->algorithm.name, "single");
  EXPECT_EQ(spec->optimizer, nlohmann::json({{"name", "sgd"}}));
}

TEST(Descriptor, TakesOneNumberOfWorkersAsExactlyThatMany) {
  const auto spec = read(std::string(kSmall) + "  workers: 3\n");
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->workers_min, 3U);
  EXPECT_EQ(spec->workers_max, 3U);
}

TEST(Descriptor, TakesAMinimumOfWorkersAsTheMaximumToo) {
  const auto spec = read(std::string(kSmall) + "  workers: {min: 3}\n");
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->workers_max, 3U);
}

TEST(Descriptor, ReadsJsonAsWell) {
  const auto spec = read(R"({"name": "small", "model": "mlp.json",
    "data": {"train": {"format": "idx", "features": "x", "labels": "y"}},
    "training": {"loss": "categorical_crossentropy", "batch_size": 8}})");
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->batch_size, 8U);
}

TEST(Descriptor, KeepsAbsolutePathsAndResolvesDots) {
  const auto spec = read(with(kFull, "x.gz, labels: y.gz", "/a/b/../x, labels: ./y"));
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->train.features, "/a/x");
  EXPECT_EQ(spec->train.labels, kExamples / "y");
}

TEST(Descriptor, TakesTheGreatestSeed) {
  const auto spec = read(with(kFull, "seed: 42", "seed: 18446744073709551615"));
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->seed, ~std::uint64_t{0});
}

TEST(Examples, FashionMnistSaysWhatTheDemoPromises) {
  const auto text = read_file(kExamples / "fashion-mnist.yaml");
  ASSERT_TRUE(text);
  const auto spec = read_descriptor(*text, "fashion-mnist.yaml", kExamples);
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->algorithm.name, "adag");
  EXPECT_EQ(spec->algorithm.parameters, nlohmann::json({{"window", 15}}));
  EXPECT_EQ(spec->optimizer.at("name"), "adam");
  EXPECT_EQ(spec->epochs, 3U);
  EXPECT_EQ(spec->workers_max, 4U);
  EXPECT_EQ(spec->parameter_servers, 2U);
  EXPECT_EQ(spec->checkpoint_every, milliseconds(2000));
  EXPECT_EQ(spec->train.transforms.size(), 2U);
}

TEST(Examples, SmallestIsValid) {
  const auto text = read_file(kExamples / "smallest.yaml");
  ASSERT_TRUE(text);
  const auto spec = read_descriptor(*text, "smallest.yaml", kExamples);
  EXPECT_TRUE(spec) << spec.error().message;
}

}  // namespace
}  // namespace dk::test
