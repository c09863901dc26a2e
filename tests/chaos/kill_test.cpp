// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/chaos/cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace dk::test {
namespace {

using testing::Each;
using testing::IsEmpty;

std::vector<std::string> actions(const RunningJob& job) {
  std::vector<std::string> result;
  for (const auto& event : job.seen("recovery")) result.push_back(event.at("action"));
  return result;
}

TEST(Kill, OfAnExecutorWithWorkersOnlyCostsAtMostOneUpdate) {
  Cluster cluster;
  RunningJob job(cluster);
  job.wait_for("checkpoint");
  ::kill(job.workers_only().pid, SIGKILL);
  EXPECT_THAT(job.wait_for("failure").at("shards"), IsEmpty());
  const auto outcome = job.outcome();
  expect_like_undisturbed(outcome);
  EXPECT_THAT(actions(job), testing::ElementsAre("worker_restarted"));
  EXPECT_LE(outcome.at("updates").at("lost"), 1);
  EXPECT_EQ(outcome.at("restarts"), 1);
}

TEST(Kill, OfAnExecutorWithAShardGoesBackToTheNewestCheckpoint) {
  Cluster cluster;
  RunningJob job(cluster);
  job.wait_for("checkpoint");
  ::kill(job.with_shard().pid, SIGKILL);
  const auto recovery = job.wait_for("recovery");
  EXPECT_EQ(recovery.at("action"), "rolled_back");
  EXPECT_TRUE(recovery.at("checkpoint").is_number()) << recovery.dump();
  const auto outcome = job.outcome();
  expect_like_undisturbed(outcome);
  EXPECT_EQ(outcome.at("updates").at("lost"), recovery.at("updates_lost"));
}

}  // namespace
}  // namespace dk::test
