// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/chaos/cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace dk::test {
namespace {

using ::testing::IsEmpty;

constexpr unsigned kDrainSeconds = 30;

void expect_no_loss(const RunningJob& job, const nlohmann::json& outcome) {
  expect_like_undisturbed(outcome);
  EXPECT_THAT(job.seen("failure"), IsEmpty());
  EXPECT_EQ(outcome.at("restarts"), 0);
  EXPECT_EQ(outcome.at("updates").at("lost"), 0);
  for (const auto& epoch : outcome.at("account")) EXPECT_EQ(epoch.at("repeated"), 0);
}

TEST(Drain, OnSigtermADaemonHandsOverWhatItHasAndEnds) {
  Cluster cluster({"a", "b", "c"}, {.drain_seconds = kDrainSeconds});
  RunningJob job(cluster);
  job.wait_for("checkpoint");
  auto leaving = job.with_shard();
  for (const auto& executor : job.executors()) {
    if (executor.node != "a" && !executor.shards.empty()) leaving = executor;
  }
  ASSERT_NE(leaving.node, "a");
  auto& daemon = cluster.daemon(leaving.node);
  daemon.signal(SIGTERM);
  EXPECT_EQ(job.wait_for("drained").at("node"), leaving.node);
  EXPECT_EQ(daemon.wait(std::chrono::seconds(kDrainSeconds)), 0) << daemon.output();
  EXPECT_THAT(daemon.output(), ::testing::Not(::testing::HasSubstr("not everything")));
  expect_no_loss(job, job.outcome());
}

TEST(Drain, AMachineIsEmptyWhenTheCommandReturnsAndComesBackWithAnother) {
  Cluster cluster;
  RunningJob job(cluster);
  job.wait_for("checkpoint");
  const auto submit = [&](const std::string& command) {
    return run_program({DK_SUBMIT_BINARY, "--supervisor", cluster.url(), command, "b"},
                       std::chrono::seconds(kDrainSeconds));
  };
  const auto drained = submit("drain");
  EXPECT_EQ(drained.code, 0) << drained.output;
  EXPECT_EQ(drained.output, "node b is drained: nothing runs there any more\n");
  for (const auto& executor : job.executors()) EXPECT_NE(executor.node, "b");
  EXPECT_EQ(submit("undrain").code, 0);
  expect_no_loss(job, job.outcome());
}

TEST(Drain, TheOnlyMachineLeavesACheckpointWithWhichItComesBack) {
  Cluster cluster({"a"}, {.drain_seconds = kDrainSeconds});
  RunningJob job(cluster, {"checkpoint.every=1h"});
  job.wait_for("progress");
  auto& daemon = cluster.daemon("a");
  daemon.signal(SIGTERM);
  EXPECT_EQ(daemon.wait(std::chrono::seconds(kDrainSeconds)), 0) << daemon.output();
  cluster.start("a");
  expect_no_loss(job, job.outcome());
}

}  // namespace
}  // namespace dk::test
