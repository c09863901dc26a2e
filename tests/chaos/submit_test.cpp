// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/files.hpp"
#include "tests/chaos/cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dk::test {
namespace {

using testing::HasSubstr;
constexpr std::chrono::seconds kPatience{60};
const std::string kData = "/usr/share/datasets/fashion-mnist/";

Finished submit(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), DK_SUBMIT_BINARY);
  return run_program(std::move(arguments), kPatience);
}

Finished submit_to(const Cluster& cluster, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"--supervisor", cluster.url()});
  return submit(std::move(arguments));
}

TEST(Submit, ExitsWithZeroWhenTheJobFinishedAndThenPredictsEvaluatesAndDownloads) {
  Cluster cluster({"a"});
  const TempDir dir;
  const auto run =
      submit_to(cluster, {"submit", DK_CHAOS_JOB, "--set", "training.epochs=1", "--wait"});
  ASSERT_EQ(run.code, 0) << run.output;

  const auto trained = cluster.gateway().status(JobId(1))->at("test");
  const auto evaluated = submit_to(cluster, {"--json", "evaluate", "1"});
  ASSERT_EQ(evaluated.code, 0) << evaluated.output;
  const auto result = nlohmann::json::parse(evaluated.output);
  EXPECT_DOUBLE_EQ(result.at("accuracy"), trained.at("accuracy"));

  const auto model = dir / "m.json";
  const auto weights = dir / "w.npy";
  const auto downloaded =
      submit_to(cluster, {"download", "1", "--model", model, "--weights", weights});
  ASSERT_EQ(downloaded.code, 0) << downloaded.output;
  const auto alone = submit(
      {"--json", "evaluate", "--model", model, "--weights", weights, "--descriptor", DK_CHAOS_JOB});
  ASSERT_EQ(alone.code, 0) << alone.output;
  EXPECT_EQ(nlohmann::json::parse(alone.output), result);

  const auto predicted =
      submit_to(cluster, {"--json", "predict", "1", "--input", kData + "t10k-images-idx3-ubyte.gz",
                          "--output", dir / "y.npy"});
  ASSERT_EQ(predicted.code, 0) << predicted.output;
  EXPECT_EQ(nlohmann::json::parse(predicted.output).at("samples"), 10'000);
}

TEST(Submit, ExitsWithOneWhenTheJobFailed) {
  Cluster cluster({"a"});
  const TempDir dir;
  const auto labels = dir / "labels.gz";
  std::filesystem::copy(kData + "train-labels-idx1-ubyte.gz", labels);
  RunningJob before(cluster);
  before.wait_for("started");
  RunningJob job(cluster, {"data.train.labels=" + labels.string()});
  std::filesystem::remove(labels);
  ASSERT_TRUE(cluster.gateway().cancel(before.id()));
  const auto watched = submit_to(cluster, {"watch", std::to_string(job.id().value)});
  EXPECT_EQ(watched.code, 1) << watched.output;
  EXPECT_THAT(watched.output, HasSubstr(labels.string()));
}

TEST(Submit, ExitsWithTwoWhenTheDescriptorIsWrong) {
  Cluster cluster({"a"});
  const auto answer = submit_to(cluster, {"submit", DK_CHAOS_JOB, "--set", "training.epoch=1"});
  EXPECT_EQ(answer.code, 2);
  EXPECT_THAT(answer.output, HasSubstr("epochs"));
}

TEST(Submit, ExitsWithThreeWhenThereIsNoSupervisor) {
  std::string gone;
  {
    const Cluster cluster({"a"});
    gone = cluster.url();
  }
  const auto answer = submit({"--supervisor", gone, "submit", DK_CHAOS_JOB});
  EXPECT_EQ(answer.code, 3);
  EXPECT_THAT(answer.output, HasSubstr(gone));
}

TEST(Submit, RunsOneWorkerTwiceToTheSameBits) {
  const TempDir dir;
  const auto weights = [&](const std::string& name) {
    const auto run = submit({"run", "--local", DK_CHAOS_JOB, "--set", "training.workers.max=1",
                             "--set", "training.epochs=1", "--save-weights", dir / name});
    EXPECT_EQ(run.code, 0) << run.output;
    return read_file(dir / name).value_or(name);
  };
  EXPECT_TRUE(weights("first.npy") == weights("second.npy"));
}

}  // namespace
}  // namespace dk::test
