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
  EXPECT_EQ(spec->train.source,
            storage::array_files("idx", kExamples / "x.gz", kExamples / "y.gz"));
  ASSERT_TRUE(spec->test);
  EXPECT_EQ(spec->test->source.features[0].files[0], kExamples / "test-x.gz");
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
  const auto expected =
      nlohmann::json::parse(R"([{"min_max": {"from": [0, 255], "to": [-1, 1]}}, {"one_hot": 10}])");
  EXPECT_EQ(spec->train.transforms, expected);
  EXPECT_EQ(spec->test->transforms, expected);
}

TEST(Descriptor, TakesAValidationSetWithTheSameTransforms) {
  const auto spec = read(with(kFull, "  transform",
                              "  validation: {format: npy, features: v, labels: w}\n"
                              "  transform"));
  ASSERT_TRUE(spec) << spec.error().message;
  ASSERT_TRUE(spec->validation);
  EXPECT_EQ(spec->validation->source,
            storage::array_files("npy", kExamples / "v", kExamples / "w"));
  EXPECT_EQ(spec->validation->transforms, spec->train.transforms);
}

/// `train` as the value of data.train in a small descriptor.
Result<JobSpec> with_train(const std::string& train, const std::string& more = "") {
  return read("name: t\nmodel: mlp.json\ndata:\n  train: " + train + "\n" + more +
              "training:\n  loss: mse\n");
}

TEST(Descriptor, TakesATableByItsColumns) {
  const auto spec = with_train(
      "{format: csv, files: [a.csv, 'p/*.csv'], features: [1-784, age], labels: label, header: "
      "true, delimiter: tab, missing: ['?', -999], on_bad_row: skip, limit: 5}");
  ASSERT_TRUE(spec) << spec.error().message;
  const auto& source = spec->train.source;
  EXPECT_EQ(source.files, (std::vector<std::string>{kExamples / "a.csv", kExamples / "p/*.csv"}));
  ASSERT_EQ(source.features.size(), 1U);
  EXPECT_EQ(source.features[0].columns, (std::vector<std::string>{"1-784", "age"}));
  EXPECT_EQ(source.labels[0].columns, std::vector<std::string>{"label"});
  EXPECT_EQ(source.header, true);
  EXPECT_EQ(source.delimiter, '\t');
  EXPECT_EQ(source.missing, (std::vector<std::string>{"?", "-999"}));
  EXPECT_EQ(source.on_bad_row, storage::OnBadRow::kSkip);
  EXPECT_EQ(source.limit, 5U);
}

TEST(Descriptor, TakesSeveralInputsAndTheirFiles) {
  const auto arrays = with_train(
      "{format: npy, features: [{name: left, files: [l1, l2]}, {files: r}], labels: [y, z]}");
  ASSERT_TRUE(arrays) << arrays.error().message;
  EXPECT_EQ(arrays->train.source.features[0].name, "left");
  EXPECT_EQ(arrays->train.source.features[0].files.size(), 2U);
  EXPECT_EQ(arrays->train.source.labels[1].files[0], kExamples / "z");
  const auto archive = with_train("{format: hdf5, files: d.h5, features: [x, /a/b], labels: y}");
  ASSERT_TRUE(archive) << archive.error().message;
  EXPECT_EQ(archive->train.source.features[1].dataset, "/a/b");
  const auto sparse = with_train("{format: libsvm, files: d.svm, size: 7, zero_based: true}");
  ASSERT_TRUE(sparse) << sparse.error().message;
  EXPECT_EQ(sparse->train.source.size, 7U);
}

TEST(Descriptor, CutsAValidationSetOffTheTrainingRows) {
  const auto spec = with_train("{format: npy, features: x, labels: y}",
                               "  validation: {fraction: 0.25, stratified: true}\n"
                               "  memory: 8MiB\n  class_balance: oversample\nseed: 9\n");
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->train.part, (storage::Part{0, 0.75, true, 9}));
  EXPECT_EQ(spec->validation->part, (storage::Part{0.75, 1, true, 9}));
  EXPECT_EQ(spec->validation->source, spec->train.source);
  EXPECT_EQ(spec->train.memory_bytes, 8U << 20);
  EXPECT_EQ(spec->validation->memory_bytes, 2U << 20);
  EXPECT_EQ(spec->train.balance, storage::ClassBalance::kOversample);
  EXPECT_EQ(spec->validation->balance, storage::ClassBalance::kNone);
}

TEST(Descriptor, RefusesWhatAFormatDoesNotHave) {
  const struct {
    const char* train;
    const char* message;
  } cases[] = {
      {"{format: csv, files: a, labels: y, size: 3}", "unknown key 'size' in data.train"},
      {"{format: csv, labels: y}", "data.train.files is missing"},
      {"{format: csv, files: a}", "data.train.labels is missing"},
      {"{format: csv, files: a, labels: y, delimiter: ab}", "data.train.delimiter is 'ab'"},
      {"{format: csv, files: a, labels: y, on_bad_row: cry}", "data.train.on_bad_row is 'cry'"},
      {"{format: csv, files: [], labels: y}", "data.train.files is a list"},
      {"{format: libsvm, files: a}", "data.train.size is missing"},
      {"{format: idx, features: [], labels: y}", "data.train.features is a list"},
      {"{format: npy, features: {name: x}, labels: y}", "data.train.features.files is missing"},
      {"{format: npz, features: x, labels: y}", "data.train.files is missing"},
      {"{format: npy, features: x, labels: y, header: true}", "unknown key 'header'"},
  };
  for (const auto& [train, message] : cases) {
    const auto spec = with_train(train);
    ASSERT_FALSE(spec) << train;
    EXPECT_NE(spec.error().message.find(message), std::string::npos) << spec.error().message;
  }
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
  EXPECT_FALSE(spec->checkpoint_worker_state);
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
  EXPECT_EQ(spec->train.source, storage::array_files("idx", "/a/x", kExamples / "y"));
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
