// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/cluster_run.hpp"

#include "actors/descriptor/descriptor.hpp"
#include "base/files.hpp"
#include "model/keras/read_json.hpp"
#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>

namespace dk::submit {
namespace {

using testing::HasSubstr;

class ClusterRun : public testing::Test {
 protected:
  void SetUp() override {
    const auto layers =
        nlohmann::json::parse(R"([{"Dense": {"units": 1, "name": "y", "input_shape": [2]}}])");
    const auto model =
        model::Model::build(*model::read_layer_list(layers, "test"), {.training = false}).value();
    model::SaveOptions save;
    save.training_config = {
        {"optimizer", nullptr}, {"loss", "mse"}, {"metrics", {"mae"}}, {"loss_weights", nullptr}};
    ASSERT_TRUE(model::write_model_file(dir / "m.keras", *model, save));
    const std::string rows = "a,b\n1,2\n";
    ASSERT_TRUE(write_file_atomic(dir / "t.csv", std::as_bytes(std::span(rows))));
    trained = read_trained(dir / "m.keras", {}).value();
    task.name = "predict it";
    task.model = &trained;
  }
  /// The descriptor as the supervisor reads it.
  Result<JobSpec> spec() {
    const auto text = task_descriptor(task, {}, dir / "m.keras").dump();
    return read_descriptor(text, "task", dir.path());
  }
  std::pair<int, std::string> run(const std::string& arguments) {
    const auto command = DK_SUBMIT_BINARY " " + arguments + " 2>&1";
    FILE* pipe = ::popen(command.c_str(), "r");
    std::string text;
    char buffer[4096];
    for (std::size_t n = 0; (n = ::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
      text.append(buffer, n);
    const int code = WEXITSTATUS(::pclose(pipe));
    return {code, text};
  }
  std::string predict() {
    return "predict --model " + (dir / "m.keras").string() + " --input " +
           (dir / "t.csv").string() + " --output " + (dir / "y.csv").string();
  }

  test::TempDir dir;
  TrainedModel trained;
  ClusterTask task;
};

TEST_F(ClusterRun, ATaskIsADescriptorOfNoEpochs) {
  task.data.source.format = "csv";
  task.data.source.files = {"t.csv"};
  task.data.source.delimiter = '\t';
  task.data.source.header = true;
  task.data.source.missing = {"?"};
  task.data.source.limit = 7;
  task.data.source.on_bad_row = storage::OnBadRow::kSkip;
  task.data.source.features = {{"", {}, {"a", "b"}, ""}};
  task.predictions = "y.csv";
  const auto read = spec();
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->epochs, 0U);
  EXPECT_EQ(read->loss, "mse");
  EXPECT_EQ(read->metrics, nlohmann::json::array({"mae"}));
  EXPECT_EQ(read->output_predictions, (dir / "y.csv"));
  auto expected = task.data.source;
  expected.files = {(dir / "t.csv").string()};
  EXPECT_EQ(read->test->source, expected);
}

TEST_F(ClusterRun, EveryFormatComesThrough) {
  task.predictions = "y.npy";
  const auto expect_same = [&](const storage::SourceConfig& source) {
    task.data.source = source;
    const auto read = spec();
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->test->source, source) << source.format;
  };
  expect_same(storage::array_files("idx", "/x", "/y"));
  expect_same(storage::array_files("npy", "/x", "/y"));
  storage::SourceConfig hdf5{"hdf5", {"/a.h5"}, {{"", {}, {}, "/x"}}};
  expect_same(hdf5);
  storage::SourceConfig libsvm{"libsvm", {"/a.svm", "/b.svm"}, {}};
  libsvm.size = 12;
  libsvm.zero_based = true;
  expect_same(libsvm);
}

TEST_F(ClusterRun, WhatOnlyThisMachineDoesIsRefusedBeforeAnythingIsStarted) {
  const auto [index, index_text] = run(predict() + " --index beside --on-cluster");
  EXPECT_EQ(index, kBadRequest);
  EXPECT_THAT(index_text, HasSubstr("--index"));
  const auto [both, both_text] = run(predict() + " --cluster --local-cluster 2");
  EXPECT_EQ(both, kBadRequest) << both_text;
  task.data.part.end = 0.5;
  EXPECT_THAT(run_on_cluster(task, {.cluster = true}, {}).error().message,
              HasSubstr("a part of their files"));
}

TEST_F(ClusterRun, ASupervisorThatIsNotThereHasItsOwnCode) {
  const auto [code, text] = run(predict() + " --on-cluster --supervisor http://127.0.0.1:1");
  EXPECT_EQ(code, kUnreachable);
  EXPECT_THAT(text, HasSubstr("cannot reach the supervisor"));
}

}  // namespace
}  // namespace dk::submit
