// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/job_fixture.hpp"

namespace dk::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST_F(JobTest, AnUndisturbedJobTrainsEveryBlockOnce) {
  const auto job = cluster().submit(tiny.spec);
  ASSERT_TRUE(cluster().finish(job));
  expect_whole(job);
  const auto outcome = cluster().outcome(job);
  EXPECT_EQ(outcome.at("restarts"), 0);
  EXPECT_EQ(outcome.at("account").at(0).at("repeated"), 0);
  EXPECT_EQ(cluster().events(job, "epoch").size(), 6U);
  EXPECT_GE(cluster().events(job, "checkpoint").size(), 2U);
}

TEST_F(JobTest, ALostWorkerIsStartedAgainWithoutARollback) {
  const auto job = cluster().submit(tiny.spec);
  run_to_checkpoint(job, 1, 20);
  cluster().kill_executor(cluster().executor_on("b"));
  ASSERT_TRUE(cluster().finish(job));
  expect_whole(job);
  EXPECT_THAT(cluster().texts(job, "recovery", "action"), ElementsAre("worker_restarted"));
  EXPECT_THAT(cluster().texts(job, "failure", "reason"), ElementsAre("killed by signal 9"));
}

TEST_F(JobTest, AJobThatEndsInTheMiddleOfARecoveryHasNotEndedBeforeItsLastEvent) {
  for (int further = 0; further < 30; ++further) {
    build({});
    const auto job = cluster().submit(tiny.spec);
    run_to_checkpoint(job, 1, 20);
    cluster().kill_executor(cluster().executor_on("b"));
    ASSERT_TRUE(cluster().run_until([&] { return !cluster().events(job, "failure").empty(); }));
    for (int i = 0; i < further; ++i) system().step();
    caf::anon_send(cluster().supervisor(), stop_atom_v, job);
    ASSERT_TRUE(cluster().finish(job));
    ASSERT_EQ(cluster().texts(job, "recovery", "action").size(), 1U);
    ASSERT_EQ(cluster().events(job).back().at("event"), "cancelled") << further << " steps later";
  }
}

TEST_F(JobTest, ALostShardTakesTheJobBackToTheNewestCheckpoint) {
  const auto job = cluster().submit(tiny.spec);
  run_to_checkpoint(job, 1, 40);
  cluster().kill_executor(cluster().executor_on("a"));
  ASSERT_TRUE(cluster().finish(job));
  expect_whole(job);
  const auto recovery = cluster().events(job, "recovery").at(0);
  EXPECT_EQ(recovery.at("action"), "rolled_back");
  EXPECT_EQ(recovery.at("checkpoint"), 1);
  const auto outcome = cluster().outcome(job);
  EXPECT_GT(recovery.at("updates_lost"), 0);
  EXPECT_EQ(outcome.at("updates").at("lost"), recovery.at("updates_lost"));
}

TEST_F(JobTest, TheRollbackOfEverySampleIsCountedAsRepeated) {
  tiny.spec.checkpoint_every = std::chrono::hours(1);
  const auto job = cluster().submit(tiny.spec);
  ASSERT_TRUE(cluster().run_until([&] { return !cluster().events(job, "epoch").empty(); }));
  cluster().kill_executor(cluster().executor_on("a"));
  ASSERT_TRUE(cluster().finish(job));
  expect_whole(job);
  EXPECT_EQ(cluster().outcome(job).at("account").at(0).at("repeated"), kSamples);
}

TEST_F(JobTest, ACutThatAnExecutorDidNotSurviveLeavesNoManifest) {
  const auto job = cluster().submit(tiny.spec);
  const auto chunks = storage::make_chunk_store(cluster().node("a").chunk_bytes);
  ASSERT_TRUE(cluster().run_until([&] { return !chunks->checkpoints(job)->empty(); }));
  ASSERT_THAT(cluster().events(job, "checkpoint"), IsEmpty());
  cluster().kill_executor(cluster().executor_on("a"));
  ASSERT_TRUE(cluster().finish(job));
  expect_whole(job);
  for (const auto& event : cluster().events(job, "checkpoint"))
    EXPECT_GT(event.at("checkpoint"), 1);
  EXPECT_TRUE(cluster().events(job, "recovery").at(0).at("checkpoint").is_null());
}

TEST_F(JobTest, AnExecutorThatDiesBeforeItAttachesIsStartedAgain) {
  const auto job = cluster().submit(tiny.spec);
  ASSERT_TRUE(cluster().run_until([&] { return !cluster().executors().empty(); }));
  cluster().kill_executor(cluster().executors().begin()->first);
  ASSERT_TRUE(cluster().finish(job));
  expect_whole(job);
  EXPECT_EQ(cluster().outcome(job).at("restarts"), 1);
}

TEST_F(JobTest, AWorkerThatStandsStillLosesItsLeaseAndIsReplaced) {
  const auto job = cluster().submit(tiny.spec);
  run_to_checkpoint(job, 1, 20);
  system().freeze(cluster().executors().at(cluster().executor_on("b")).process);
  ASSERT_TRUE(cluster().finish(job));
  expect_whole(job);
  EXPECT_THAT(cluster().texts(job, "failure", "reason"), Contains(HasSubstr("lease of block")));
}

TEST_F(JobTest, AnExecutorThatStandsStillBeforeItAttachesIsReplaced) {
  bool first = true;
  cluster().on_launch = [&](const SimulatedExecutor& executor) {
    if (std::exchange(first, false)) system().freeze(executor.process);
  };
  const auto job = cluster().submit(tiny.spec);
  ASSERT_TRUE(cluster().finish(job));
  expect_whole(job);
  EXPECT_THAT(cluster().texts(job, "failure", "reason"), ElementsAre(HasSubstr("did not attach")));
}

TEST_F(JobTest, AnExhaustedRestartBudgetFailsTheJobWithItsFirstCause) {
  build({{"a"}, 1});
  const auto job = cluster().submit(tiny.spec);
  for (int death = 1; !cluster().ended(job) && death < 20; ++death) {
    ASSERT_TRUE(cluster().run_until(
        [&] { return cluster().ended(job) || !cluster().executors().empty(); }));
    cluster().kill_executor(cluster().executor_on("a"), fmt::format("exited with {}", death));
  }
  ASSERT_TRUE(cluster().finish(job));
  const auto outcome = cluster().outcome(job);
  EXPECT_EQ(outcome.at("state"), "failed");
  EXPECT_THAT(outcome.at("reason"), HasSubstr("it began with: node a: exited with 1"));
  EXPECT_EQ(outcome.at("restarts"), 6);
}

TEST_F(JobTest, AMachineThatUsedUpItsRestartsIsLeftOutAndTheOtherGoesOn) {
  tiny.spec.epochs = 60;
  const auto job = cluster().submit(tiny.spec);
  for (int death = 0; death < 6; ++death) {
    ASSERT_TRUE(cluster().run_until([&] { return cluster().executor_on("a") != Incarnation{}; }));
    cluster().kill_executor(cluster().executor_on("a"));
  }
  ASSERT_TRUE(cluster().finish(job));
  expect_whole(job);
  EXPECT_THAT(cluster().texts(job, "warning", "message"),
              Contains(HasSubstr("node a has used up its restarts")));
}

TEST_F(JobTest, ANewSupervisorFindsTheExecutorsAtWork) {
  const auto job = cluster().submit(tiny.spec);
  run_to_checkpoint(job, 1, 20);
  cluster().kill_supervisor();
  for (int i = 0; i < 100; ++i) system().step();
  cluster().start_supervisor();
  ASSERT_TRUE(cluster().finish(job));
  expect_whole(job);
  EXPECT_THAT(cluster().texts(job, "failure", "reason"), IsEmpty());
  EXPECT_THAT(cluster().texts(job, "recovery", "action"), ElementsAre("reattached"));
  EXPECT_EQ(cluster().outcome(job).at("restarts"), 0);
  EXPECT_EQ(cluster().outcome(job).at("account").at(0).at("repeated"), 0);
}

TEST_F(JobTest, ANewSupervisorStillTellsWhatTheJobSurvivedAndHowItsLossFell) {
  tiny.spec.epochs = 60;
  const auto job = cluster().submit(tiny.spec);
  run_to_checkpoint(job, 1, 20);
  cluster().kill_executor(cluster().executor_on("b"));
  ASSERT_TRUE(cluster().run_until([&] {
    return !cluster().events(job, "recovery").empty() &&
           cluster().events(job, "progress").size() >= 3;
  }));
  const auto told = cluster().events(job, "progress");
  ASSERT_FALSE(cluster().ended(job)) << "too short a job";
  cluster().kill_supervisor();
  cluster().start_supervisor();
  ASSERT_TRUE(cluster().finish(job));
  const auto outcome = cluster().outcome(job);
  std::vector<std::string> actions;
  for (const auto& recovery : outcome.at("recoveries")) actions.push_back(recovery.at("action"));
  EXPECT_THAT(actions, ElementsAre("worker_restarted", "reattached"));
  ASSERT_GE(outcome.at("loss_curve").size(), told.size());
  for (std::size_t i = 0; i < told.size(); ++i)
    EXPECT_EQ(outcome.at("loss_curve").at(i), told[i].at("loss"));
}

}  // namespace
}  // namespace dk::test
