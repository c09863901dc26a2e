// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/chaos/cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace dk::test {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::Not;

class Kill : public testing::Test {
 protected:
  explicit Kill(std::vector<std::string> overrides = {}) : job(cluster, std::move(overrides)) {}

  /// In the middle of training, with a checkpoint to go back to and, if there are to be any,
  /// backups.
  void SetUp() override {
    job.wait_for("checkpoint");
    ASSERT_THAT(job.seen("failure"), testing::IsEmpty());
  }
  void wait_for_backups() {
    if (job.seen("replicated").empty()) job.wait_for("replicated");
  }

  Cluster cluster;
  RunningJob job;
};

class KillWithoutBackups : public Kill {
 protected:
  KillWithoutBackups() : Kill({"training.replicas=1"}) {}
};

TEST_F(Kill, OfAnExecutorWithWorkersOnlyCostsAtMostOneUpdate) {
  job.workers_only().signal(SIGKILL);
  EXPECT_THAT(job.wait_for("failure").at("shards"), IsEmpty());
  const auto outcome = job.outcome();
  expect_like_undisturbed(outcome);
  EXPECT_THAT(job.recoveries(), ElementsAre("worker_restarted"));
  EXPECT_EQ(outcome.at("updates").at("lost"), 0);
  EXPECT_EQ(outcome.at("restarts"), 1);
}

TEST_F(Kill, OfAnExecutorWithAShardIsHealedByItsBackup) {
  wait_for_backups();
  job.with_shard().signal(SIGKILL);
  EXPECT_EQ(job.wait_for("recovery").at("action"), "promoted");
  const auto outcome = job.outcome();
  expect_like_undisturbed(outcome);
  EXPECT_EQ(outcome.at("updates").at("lost"), 0);
  for (const auto& epoch : outcome.at("account")) EXPECT_EQ(epoch.at("repeated"), 0);
  EXPECT_THAT(job.seen("replicated"), testing::SizeIs(testing::Gt(1))) << "and gets a new one";
}

TEST_F(KillWithoutBackups, OfAnExecutorWithAShardGoesBackToTheNewestCheckpoint) {
  job.with_shard().signal(SIGKILL);
  const auto recovery = job.wait_for("recovery");
  EXPECT_EQ(recovery.at("action"), "rolled_back");
  EXPECT_TRUE(recovery.at("checkpoint").is_number()) << recovery.dump();
  const auto outcome = job.outcome();
  expect_like_undisturbed(outcome);
  EXPECT_EQ(outcome.at("updates").at("lost"), recovery.at("updates_lost"));
}

TEST_F(Kill, OfANodeForGoodMovesItsShardElsewhere) {
  wait_for_backups();
  const auto lost = job.with_shard();
  cluster.kill_node(lost.node);
  EXPECT_TRUE(process_ends(lost.pid, std::chrono::seconds(2))) << "its executor outlived it";
  job.wait_for("recovery");
  const auto executors = job.executors();
  EXPECT_THAT(executors, Each(Field(&Executor::node, Not(lost.node))));
  EXPECT_THAT(executors, Contains(Field(&Executor::shards, Contains(lost.shards.front()))));
  expect_like_undisturbed(job.outcome());
  EXPECT_THAT(job.recoveries(), ElementsAre("promoted"));
}

TEST_F(Kill, OfANodeWithWorkersOnlyForGoodMovesThemElsewhere) {
  const auto lost = job.workers_only();
  cluster.kill_node(lost.node);
  job.wait_for("recovery");
  EXPECT_THAT(job.executors(), Each(Field(&Executor::node, Not(lost.node))));
  const auto outcome = job.outcome();
  expect_like_undisturbed(outcome);
  EXPECT_THAT(job.recoveries(), ElementsAre("worker_restarted"));
  EXPECT_EQ(outcome.at("updates").at("lost"), 0);
}

TEST_F(Kill, OfANodeThatComesBackGivesItWorkAgain) {
  const auto lost = job.workers_only();
  cluster.kill_node(lost.node);
  job.wait_for("failure");
  cluster.start(lost.node);
  expect_like_undisturbed(job.outcome());
  const auto nodes = cluster.gateway().nodes();
  ASSERT_TRUE(nodes) << nodes.error().message;
  for (const auto& node : *nodes) EXPECT_EQ(node.at("state"), "alive") << node.dump();
}

TEST_F(Kill, OfTheSupervisorsDaemonLosesNothingThatItHadSaid) {
  const auto before = job.status().at("checkpoint").at("id").get<std::uint64_t>();
  cluster.kill_node("a");
  cluster.start("a");
  const auto recovery = job.wait_for("recovery");
  EXPECT_EQ(recovery.at("action"), "reattached");
  expect_like_undisturbed(job.outcome());
  const auto checkpoints = job.seen("checkpoint");
  EXPECT_EQ(checkpoints.front().at("checkpoint"), 1);
  EXPECT_GE(checkpoints.back().at("checkpoint").get<std::uint64_t>(), before);
}

TEST_F(Kill, OfTwoExecutorsAtOnce) {
  const auto first = job.workers_only();
  const auto second = job.with_shard();
  first.signal(SIGKILL);
  second.signal(SIGKILL);
  const auto outcome = job.outcome();
  expect_like_undisturbed(outcome);
  EXPECT_EQ(outcome.at("restarts"), 2);
}

TEST_F(Kill, OfANodeForGoodAndAnExecutorAtOnce) {
  const auto executor = job.workers_only();
  cluster.daemon(job.with_shard().node).signal(SIGKILL);
  executor.signal(SIGKILL);
  expect_like_undisturbed(job.outcome());
}

TEST_F(Kill, OfTheSupervisorsDaemonAndAnExecutorAtOnce) {
  const auto executor = job.with_shard();
  cluster.daemon("a").signal(SIGKILL);
  executor.signal(SIGKILL);
  cluster.start("a");
  expect_like_undisturbed(job.outcome());
}

TEST_F(Kill, OfAllDaemonsAtOnceSendsTheJobBackToItsCheckpointWhenTheyAreBack) {
  for (const auto* name : {"a", "b", "c"}) cluster.daemon(name).signal(SIGKILL);
  for (const auto* name : {"a", "b", "c"}) cluster.kill_node(name);
  for (const auto* name : {"a", "b", "c"}) cluster.start(name);
  const auto outcome = job.outcome();
  expect_like_undisturbed(outcome);
  EXPECT_THAT(job.recoveries(), Contains("rolled_back"));
  EXPECT_GT(outcome.at("updates").at("lost"), 0) << "those since the checkpoint";
}

TEST(KillEarly, OfAnExecutorThatIsStillLoadingItsData) {
  Cluster cluster;
  RunningJob job(cluster);
  job.wait_for("started");
  job.workers_only().signal(SIGKILL);
  expect_like_undisturbed(job.outcome());
}

TEST(KillEarly, OfAnExecutorWithAShardBeforeTheFirstCheckpoint) {
  Cluster cluster;
  RunningJob job(cluster, {"checkpoint.every=60s"});
  job.wait_for("progress");
  job.with_shard().signal(SIGKILL);
  EXPECT_TRUE(job.wait_for("recovery").at("checkpoint").is_null());
  expect_like_undisturbed(job.outcome());
}

TEST(KillLate, OfTheExecutorsThatEvaluate) {
  Cluster cluster;
  RunningJob job(cluster);
  job.wait_for("final checkpoint", [](const nlohmann::json& event) {
    return event.at("event") == "checkpoint" && event.at("updates") == kUpdates;
  });
  for (const auto& executor : job.executors()) executor.signal(SIGKILL);
  expect_like_undisturbed(job.outcome());
}

}  // namespace
}  // namespace dk::test
