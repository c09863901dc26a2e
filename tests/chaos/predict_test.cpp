// SPDX-License-Identifier: GPL-3.0-or-later
// predict and evaluate that are spread over a cluster, and what happens when a part of it dies.
#include "base/files.hpp"
#include "base/npy.hpp"
#include "tests/chaos/cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace dk::test {
namespace {

using testing::HasSubstr;
constexpr std::chrono::seconds kPatience{100};
const std::string kImages = "/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz";
const std::string kLabels = "/usr/share/datasets/fashion-mnist/t10k-labels-idx1-ubyte.gz";

class Spread : public testing::Test {
 protected:
  /// The weights of a network of convolutions: some seconds of work on the test set.
  void make_model() {
    const auto run = run_program(
        {DK_SUBMIT_BINARY, "run", DK_CHAOS_JOB, "--save-model", model, "--set", "training.epochs=1",
         "--set", "data.train.limit=320", "--set", "data.test.limit=32", "--set",
         "model=[{Reshape: {target_shape: [28, 28, 1], input_shape: [28, 28]}}, "
         "{Conv2D: {filters: 32, kernel_size: 3, activation: relu}}, "
         "{Conv2D: {filters: 48, kernel_size: 3, activation: relu}}, Flatten, "
         "{Dense: {units: 10, activation: softmax}}]"},
        kPatience);
    ASSERT_EQ(run.code, 0) << run.output;
  }
  std::vector<std::string> predict(const std::string& output) {
    return {DK_SUBMIT_BINARY, "predict", "--model",  model,
            "--input",        kImages,   "--output", dir / output};
  }
  std::vector<float> values(const std::string& name) {
    const auto bytes = read_file(dir / name).value_or("");
    return parse_npy(std::as_bytes(std::span(bytes)), name).value_or(NpyArray{}).values;
  }
  /// With arguments for a cluster, to its end.
  Finished on(const Cluster& cluster, std::vector<std::string> command) {
    command.insert(command.end(), {"--on-cluster", "--supervisor", cluster.url()});
    return run_program(std::move(command), kPatience);
  }
  void expect_predictions_as_on_one_machine() {
    ASSERT_EQ(run_program(predict("local.npy"), kPatience).code, 0);
    const auto local = values("local.npy");
    const auto spread = values("y.npy");
    ASSERT_EQ(local.size(), 100'000U);
    ASSERT_EQ(spread.size(), local.size());
    // Batches are cut at other rows, and a product of matrices is rounded by its size.
    for (std::size_t i = 0; i < local.size(); ++i) ASSERT_NEAR(spread[i], local[i], 1e-5) << i;
  }

  TempDir dir;
  const std::string model = dir / "m.keras";
};

TEST_F(Spread, PredictionsAreThoseOfOneMachineThoughAnExecutorIsKilled) {
  make_model();
  if (HasFatalFailure()) return;
  Cluster cluster({"a", "b"});
  auto command = predict("y.npy");
  command.insert(command.end(), {"--on-cluster", "--supervisor", cluster.url()});
  Process predicting(command, dir / "log");
  bool killed = false;
  for (std::uint64_t next = 0; !killed;) {
    const auto page = cluster.gateway().events(JobId(1), next, std::chrono::milliseconds(500));
    if (!page) {
      ASSERT_EQ(page.error().code, Errc::kNotFound) << page.error().message;
      ASSERT_EQ(predicting.wait(std::chrono::milliseconds(100)), std::nullopt)
          << predicting.output();
      continue;
    }
    next = page->next;
    ASSERT_FALSE(page->ended) << "too fast to be disturbed: " << predicting.output();
    for (const auto& line : page->events) {
      if (killed || line.find("\"evaluating\"") == std::string::npos) continue;
      const auto status = cluster.gateway().status(JobId(1));
      ASSERT_TRUE(status);
      for (const auto& entry : status->at("executors")) {
        cluster.remember(entry.at("pid"));
        if (entry.at("node") != "b") continue;
        ASSERT_EQ(::kill(entry.at("pid").get<pid_t>(), SIGKILL), 0);
        killed = true;
      }
    }
  }
  ASSERT_EQ(predicting.wait(kPatience), 0) << predicting.output();
  EXPECT_THAT(predicting.output(), HasSubstr("killed by signal 9"));
  EXPECT_THAT(predicting.output(), HasSubstr("10000 predictions written to"));
  expect_predictions_as_on_one_machine();
}

TEST_F(Spread, AnEvaluationSaysWhatOneMachineDoes) {
  make_model();
  if (HasFatalFailure()) return;
  Cluster cluster({"a", "b"});
  const std::vector<std::string> evaluate{DK_SUBMIT_BINARY, "--json", "evaluate", "--model", model,
                                          "--input",        kImages,  "--label",  kLabels};
  const auto here = run_program(evaluate, kPatience);
  const auto spread = on(cluster, evaluate);
  ASSERT_EQ(here.code, 0) << here.output;
  ASSERT_EQ(spread.code, 0) << spread.output;
  auto expected = nlohmann::json::parse(here.output);
  auto found = nlohmann::json::parse(spread.output);
  EXPECT_NEAR(found.at("loss").get<double>(), expected.at("loss").get<double>(), 1e-9);
  found.erase("loss");
  expected.erase("loss");
  EXPECT_EQ(found, expected);
}

TEST_F(Spread, DaemonsOfItsOwnPredictWhatThisProgramDoes) {
  make_model();
  if (HasFatalFailure()) return;
  auto command = predict("y.npy");
  command.insert(command.end(), {"--local-cluster", "2"});
  const auto run = run_program(command, kPatience);
  ASSERT_EQ(run.code, 0) << run.output;
  expect_predictions_as_on_one_machine();
}

}  // namespace
}  // namespace dk::test
