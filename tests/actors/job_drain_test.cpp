// SPDX-License-Identifier: GPL-3.0-or-later
// Machines that are left on purpose: nothing is lost.
#include "tests/support/job_sweep.hpp"

#include <caf/all.hpp>

namespace dk::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

class JobDrainTest : public JobSweep {
 protected:
  JobDrainTest() {
    tiny.spec.replicas = 2;
    tiny.spec.parameter_servers = 2;
    tiny.spec.workers_max = 3;
    tiny.spec.epochs = 20;
  }

  Result<bool> drain(const std::string& node, bool on = true) {
    return system().ask<bool>(cluster().supervisor(), drain_atom_v, node, on);
  }
  std::string state_of(const std::string& node) {
    const auto text = system().ask<std::string>(cluster().supervisor(), get_atom_v);
    for (const auto& entry : nlohmann::json::parse(*text)) {
      if (entry.at("name") == node) return entry.at("state");
    }
    return "unknown";
  }
  bool run_until_drained(JobId job, const std::string& node) {
    return cluster().run_until([&] { return cluster().ended(job) || state_of(node) == "drained"; });
  }
  void expect_no_loss(JobId job) {
    expect_whole(job);
    EXPECT_THAT(cluster().texts(job, "failure", "reason"), IsEmpty());
    const auto outcome = cluster().outcome(job);
    EXPECT_EQ(outcome.at("updates").at("lost"), 0);
    EXPECT_EQ(outcome.at("restarts"), 0);
    for (const auto& epoch : outcome.at("account")) EXPECT_EQ(epoch.at("repeated"), 0);
  }
};

TEST_F(JobDrainTest, AMachineHandsItsWorkersAndShardsOver) {
  build(three);
  const auto job = cluster().submit(tiny.spec);
  run_to_checkpoint(job, 1, 20);
  ASSERT_TRUE(drain("a"));
  EXPECT_EQ(state_of("a"), "draining");
  ASSERT_TRUE(run_until_drained(job, "a")) << told(job);
  ASSERT_FALSE(cluster().ended(job)) << "too short a job";
  EXPECT_TRUE(cluster().run_until([&] { return !cluster().executor_on("a"); }));
  ASSERT_TRUE(cluster().finish(job)) << told(job);
  expect_no_loss(job);
  EXPECT_THAT(cluster().texts(job, "drained", "node"), ElementsAre("a"));
}

TEST_F(JobDrainTest, AShardWithOneCopyMovesToo) {
  build(three);
  tiny.spec.replicas = 1;
  const auto job = cluster().submit(tiny.spec);
  run_to_checkpoint(job, 1, 20);
  ASSERT_TRUE(drain("a"));
  ASSERT_TRUE(cluster().finish(job)) << told(job);
  EXPECT_EQ(state_of("a"), "drained");
  expect_no_loss(job);
}

TEST_F(JobDrainTest, TheLastMachineLeavesACheckpointFromWhichTheJobGoesOn) {
  build({{"a"}, 2});
  tiny.spec.checkpoint_every = std::chrono::hours(1);
  const auto job = cluster().submit(tiny.spec);
  ASSERT_TRUE(cluster().run_until([&] { return !cluster().events(job, "epoch").empty(); }));
  ASSERT_TRUE(drain("a"));
  ASSERT_TRUE(run_until_drained(job, "a")) << told(job);
  ASSERT_FALSE(cluster().ended(job));
  ASSERT_TRUE(cluster().run_until([&] { return !cluster().events(job, "paused").empty(); }));
  ASSERT_TRUE(drain("a", false));
  ASSERT_TRUE(cluster().finish(job)) << told(job);
  expect_no_loss(job);
}

TEST_F(JobDrainTest, AJobThatWaitsAndLosesAllItsCheckpointsBeginsAgainWithItsLedger) {
  build({{"a"}, 2});
  tiny.spec.checkpoint_every = std::chrono::hours(1);
  const auto job = cluster().submit(tiny.spec);
  ASSERT_TRUE(cluster().run_until([&] { return !cluster().events(job, "epoch").empty(); }));
  ASSERT_TRUE(drain("a"));
  ASSERT_TRUE(cluster().run_until([&] { return !cluster().events(job, "paused").empty(); }));
  ASSERT_TRUE(run_until_drained(job, "a"));
  cluster().kill_supervisor();
  using Write = storage::KeyValueWrite;
  ASSERT_TRUE(cluster().state_bytes().write({{Write::Kind::kEraseRange, "m", "n", {}}}));
  cluster().start_supervisor();
  ASSERT_TRUE(cluster().run_until([&] { return drain("a", false).has_value(); }));
  ASSERT_TRUE(cluster().finish(job)) << told(job);
  expect_whole(job);
  EXPECT_GT(cluster().outcome(job).at("updates").at("lost"), 0) << "what the weights had is gone";
}

TEST_F(JobDrainTest, EveryMachineMayBeLeftAtOnce) {
  build(three);
  const auto job = cluster().submit(tiny.spec);
  run_to_checkpoint(job, 1, 20);
  for (const auto* node : {"a", "b", "c"}) ASSERT_TRUE(drain(node));
  ASSERT_TRUE(cluster().run_until([&] {
    return cluster().ended(job) || !cluster().events(job, "paused").empty();
  })) << told(job);
  for (const auto* node : {"a", "b", "c"}) ASSERT_TRUE(drain(node, false));
  ASSERT_TRUE(cluster().finish(job)) << told(job);
  expect_no_loss(job);
}

TEST_F(JobDrainTest, AMachineMayBeLeftAtAnyMoment) {
  sweep(three, 17, [this] {
    ASSERT_TRUE(drain("b"));
    ASSERT_TRUE(run_until_drained(JobId(1), "b")) << told(JobId(1));
  });
}

TEST_F(JobDrainTest, AnotherMachineMayDieMeanwhile) {
  sweep(three, 29, [this] {
    ASSERT_TRUE(drain("b"));
    for (int i = 0; i < 30; ++i) system().step();
    if (const auto other = cluster().executor_on("c")) cluster().kill_executor(other);
  });
}

TEST_F(JobDrainTest, TheMachineItselfMayDieMeanwhile) {
  sweep(three, 29, [this] {
    ASSERT_TRUE(drain("a"));
    for (int i = 0; i < 40; ++i) system().step();
    if (const auto leaving = cluster().executor_on("a")) cluster().kill_executor(leaving);
  });
}

TEST_F(JobDrainTest, TheSupervisorMayDieMeanwhileAndRemembers) {
  sweep(three, 29, [this] {
    ASSERT_TRUE(drain("b"));
    for (int i = 0; i < 40; ++i) system().step();
    cluster().kill_supervisor();
    for (int i = 0; i < 50; ++i) system().step();
    cluster().start_supervisor();
    ASSERT_TRUE(run_until_drained(JobId(1), "b")) << told(JobId(1));
  });
}

TEST_F(JobDrainTest, ADrainedMachineGetsNoNewJob) {
  build(three);
  ASSERT_TRUE(drain("b"));
  std::vector<std::string> used;
  cluster().on_launch = [&](const SimulatedExecutor& executor) { used.push_back(executor.node); };
  const auto job = cluster().submit(tiny.spec);
  ASSERT_TRUE(cluster().finish(job));
  EXPECT_THAT(used, Not(Contains("b")));
}

TEST_F(JobDrainTest, WorkersOfARoundLeaveBetweenTwo) {
  tiny.spec.algorithm = {"averaging", {{"window", 2}}};
  sweep(three, 37, [this] {
    ASSERT_TRUE(drain("c"));
    ASSERT_TRUE(run_until_drained(JobId(1), "c")) << told(JobId(1));
  });
}

TEST_F(JobDrainTest, SaysWhichMachineItDoesNotKnow) {
  build(two);
  const auto drained = drain("z");
  ASSERT_FALSE(drained);
  EXPECT_EQ(drained.error().code, Errc::kNotFound);
  EXPECT_EQ(drained.error().message, "there is no node z");
}

}  // namespace
}  // namespace dk::test
