// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/job_sweep.hpp"

namespace dk::test {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::Not;

class JobReplicasTest : public JobSweep {
 protected:
  JobReplicasTest() {
    tiny.spec.replicas = 2;
    tiny.spec.workers_max = 2;
  }

  JobId replicated_job(const ClusterShape& shape, std::optional<std::uint64_t> order = {}) {
    build(shape, order);
    const auto job = cluster().submit(tiny.spec);
    EXPECT_TRUE(cluster().run_until(
        [&] { return cluster().ended(job) || !cluster().events(job, "replicated").empty(); }));
    EXPECT_FALSE(cluster().ended(job)) << "too short a job";
    return job;
  }
  std::uint64_t lost(JobId job) {
    return cluster().outcome(job).at("updates").at("lost").get<std::uint64_t>();
  }
  std::uint64_t repeated(JobId job) {
    std::uint64_t sum = 0;
    for (const auto& epoch : cluster().outcome(job).at("account"))
      sum += epoch.at("repeated").get<std::uint64_t>();
    return sum;
  }
  std::vector<std::string> actions(JobId job) { return cluster().texts(job, "recovery", "action"); }

  /// Kills whoever holds the primary of the only shard.
  void kill_primary() { cluster().kill_executor(cluster().executor_on("a")); }
};

TEST_F(JobReplicasTest, TheLossOfAPrimaryLosesNoUpdate) {
  const auto job = replicated_job(two);
  kill_primary();
  ASSERT_TRUE(cluster().finish(job)) << told(job);
  expect_whole(job);
  EXPECT_THAT(actions(job), Contains("promoted"));
  EXPECT_THAT(actions(job), Not(Contains("rolled_back")));
  EXPECT_EQ(lost(job), 0U);
  EXPECT_EQ(repeated(job), 0U);
}

TEST_F(JobReplicasTest, TheLossOfABackupCostsNothingAndANewOneIsFilled) {
  tiny.spec.epochs = 20;
  const auto job = replicated_job(two);
  cluster().kill_executor(cluster().executor_on("b"));
  ASSERT_TRUE(cluster().run_until(
      [&] { return cluster().ended(job) || cluster().events(job, "replicated").size() > 1; }));
  EXPECT_FALSE(cluster().ended(job)) << told(job);
  kill_primary();
  ASSERT_TRUE(cluster().finish(job)) << told(job);
  expect_whole(job);
  EXPECT_THAT(actions(job), Not(Contains("rolled_back")));
}

TEST_F(JobReplicasTest, AJobOnOneMachineRunsWithoutBackups) {
  build({{"a"}, 2});
  const auto job = cluster().submit(tiny.spec);
  ASSERT_TRUE(cluster().finish(job));
  expect_whole(job);
  EXPECT_TRUE(cluster().events(job, "replicated").empty());
}

TEST_F(JobReplicasTest, AMachineWithoutWorkersHoldsTheBackup) {
  tiny.spec.workers_max = 1;
  tiny.spec.epochs = 20;
  const auto job = replicated_job(two);
  EXPECT_EQ(cluster().executors().size(), 2U);
  kill_primary();
  ASSERT_TRUE(cluster().finish(job)) << told(job);
  expect_whole(job);
  EXPECT_THAT(actions(job), Contains("promoted"));
}

TEST_F(JobReplicasTest, OneCopyIsEnoughForAJobThatSaysSo) {
  tiny.spec.replicas = 1;
  build(two);
  const auto job = cluster().submit(tiny.spec);
  ASSERT_TRUE(cluster().finish(job));
  EXPECT_TRUE(cluster().events(job, "replicated").empty());
}

TEST_F(JobReplicasTest, BothCopiesLostTogetherSendEverybodyBackToTheCheckpoint) {
  const auto job = replicated_job(three);
  std::vector<Incarnation> all;
  for (const auto& [incarnation, executor] : cluster().executors()) all.push_back(incarnation);
  for (const auto incarnation : all) cluster().kill_executor(incarnation);
  ASSERT_TRUE(cluster().finish(job)) << told(job);
  expect_whole(job);
  EXPECT_THAT(actions(job), Contains("rolled_back"));
}

TEST_F(JobReplicasTest, ASupervisorThatComesBackKnowsTheBackups) {
  const auto job = replicated_job(two);
  cluster().kill_supervisor();
  for (int i = 0; i < 50; ++i) system().step();
  cluster().start_supervisor();
  ASSERT_TRUE(cluster().run_until(
      [&] { return cluster().ended(job) || !cluster().texts(job, "recovery", "action").empty(); }));
  EXPECT_FALSE(cluster().ended(job));
  kill_primary();
  ASSERT_TRUE(cluster().finish(job)) << told(job);
  expect_whole(job);
  EXPECT_THAT(actions(job), Not(Contains("rolled_back")));
}

TEST_F(JobReplicasTest, APrimaryMayDieAtAnyMoment) {
  sweep(two, 7, [this] { kill_primary(); });
}

TEST_F(JobReplicasTest, AnExecutorWithABackupMayDieAtAnyMoment) {
  sweep(two, 7, [this] { cluster().kill_executor(cluster().executor_on("b")); });
}

TEST_F(JobReplicasTest, ASupervisorAndAPrimaryMayDieTogetherAtAnyMoment) {
  tiny.spec.parameter_servers = 2;
  tiny.spec.workers_max = 3;
  sweep(three, 11, [this] {
    cluster().kill_supervisor();
    cluster().kill_executor(cluster().executor_on("a"));
    for (int i = 0; i < 50; ++i) system().step();
    cluster().start_supervisor();
  });
}

TEST_F(JobReplicasTest, TheSupervisorMayDieWhileABackupTakesOver) {
  tiny.spec.parameter_servers = 2;
  tiny.spec.workers_max = 3;
  for (int messages = 0; messages < 400 && !HasFailure(); messages += 13) {
    SCOPED_TRACE(fmt::format("{} messages after the primary", messages));
    const auto job = replicated_job(three, 1000 + messages);
    cluster().kill_executor(cluster().executor_on("a"));
    for (int i = 0; i < messages; ++i) system().step();
    cluster().kill_supervisor();
    for (int i = 0; i < 20; ++i) system().step();
    cluster().start_supervisor();
    ASSERT_TRUE(cluster().finish(job)) << told(job);
    expect_whole(job);
    EXPECT_THAT(actions(job), Not(Contains("rolled_back"))) << told(job);
  }
}

TEST_F(JobReplicasTest, WhoeverTakesOverMayHoldOtherBackupsWhenTheSupervisorDies) {
  tiny.spec.parameter_servers = 4;
  tiny.spec.workers_max = 3;
  tiny.spec.epochs = 12;
  for (int messages = 0; messages < 200 && !HasFailure(); messages += 3) {
    SCOPED_TRACE(fmt::format("{} messages after the primary", messages));
    const auto job = replicated_job(three, 3000 + messages);
    cluster().kill_executor(cluster().executor_on("a"));
    for (int i = 0; i < messages; ++i) system().step();
    cluster().kill_supervisor();
    for (int i = 0; i < 20; ++i) system().step();
    cluster().start_supervisor();
    ASSERT_TRUE(cluster().finish(job)) << told(job);
    expect_whole(job);
    EXPECT_THAT(actions(job), Not(Contains("rolled_back"))) << told(job);
  }
}

TEST_F(JobReplicasTest, ASecondPrimaryMayDieWhileABackupTakesOver) {
  tiny.spec.parameter_servers = 2;
  tiny.spec.workers_max = 3;
  for (int messages = 0; messages < 400 && !HasFailure(); messages += 13) {
    SCOPED_TRACE(fmt::format("{} messages after the first", messages));
    const auto job = replicated_job(three, 2000 + messages);
    cluster().kill_executor(cluster().executor_on("a"));
    for (int i = 0; i < messages; ++i) system().step();
    cluster().kill_executor(cluster().executor_on("b"));
    ASSERT_TRUE(cluster().finish(job)) << told(job);
    expect_whole(job);
  }
}

class JobReplicasAlgorithms : public JobReplicasTest,
                              public ::testing::WithParamInterface<const char*> {};

TEST_P(JobReplicasAlgorithms, ABackupTakesOver) {
  tiny.spec.algorithm = {GetParam(), nlohmann::json::object()};
  tiny.spec.epochs = 12;
  const auto job = replicated_job(two, 5);
  kill_primary();
  ASSERT_TRUE(cluster().finish(job)) << told(job);
  ASSERT_EQ(cluster().outcome(job).value("state", "?"), "finished") << told(job);
  EXPECT_THAT(actions(job), Contains("promoted"));
}

INSTANTIATE_TEST_SUITE_P(All, JobReplicasAlgorithms,
                         ::testing::Values("downpour", "aeasgd", "eamsgd", "adag", "dynsgd",
                                           "easgd", "sparknet", "sync-sgd", "ssp", "diloco",
                                           "averaging"));

}  // namespace
}  // namespace dk::test
