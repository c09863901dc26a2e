// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/wire.hpp"
#include "tests/chaos/cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dk::test {
namespace {

constexpr unsigned kDrainSeconds = 30;
constexpr int kWorkers = 4;  ///< as many as job.yaml allows

bool speaks_next(Cluster& cluster, const std::string& name) {
  const auto nodes = cluster.nodes();
  return std::ranges::any_of(nodes, [&](const auto& node) {
    return node.at("name") == name && node.at("state") == "alive" &&
           node.value("protocol", 0U) == kProtocolVersion + 1;
  });
}

TEST(Upgrade, NodeByNodeUnderARunningJobLosesNothing) {
  Cluster cluster({"a", "b", "c"}, {.drain_seconds = kDrainSeconds, .standbys = {"b", "c"}});
  ASSERT_TRUE(eventually([&] { return cluster.voters() == 3; })) << cluster.nodes().dump();
  // Long enough for all three.
  RunningJob job(cluster, {"training.epochs=1000"});
  job.wait_for("checkpoint");
  for (const auto* name : {"c", "b", "a"}) {
    cluster.upgrade(name);
    EXPECT_TRUE(eventually([&] { return speaks_next(cluster, name); })) << cluster.nodes().dump();
    ASSERT_TRUE(eventually([&] { return cluster.voters() == 3; })) << cluster.nodes().dump();
    while (job.wait_for("progress").at("workers") != kWorkers) {
    }
  }
  EXPECT_EQ(job.status().at("updates").at("lost"), 0);
  // One that was being started when the leader left may be given up; nobody else fails.
  for (const auto& failure : job.seen("failure")) EXPECT_EQ(failure.at("pid"), 0) << failure;
  ASSERT_TRUE(cluster.gateway().cancel(job.id()));
  const auto outcome = job.outcome();
  EXPECT_EQ(outcome.at("event"), "cancelled");
  const auto repeated = [](const auto& epoch) { return epoch.at("repeated") != 0; };
  EXPECT_TRUE(std::ranges::none_of(outcome.at("account"), repeated));
}

TEST(Upgrade, TheNextReleaseLeadsNodesOfThisOne) {
  Cluster cluster({"a", "b", "c"}, {.upgraded = {"a"}});
  const auto outcome = RunningJob(cluster).outcome();
  expect_like_undisturbed(outcome);
  EXPECT_EQ(outcome.at("restarts"), 0);
}

TEST(Upgrade, TheNextReleaseWorksUnderThisOne) {
  Cluster cluster({"a", "b", "c"}, {.upgraded = {"b"}});
  const auto outcome = RunningJob(cluster).outcome();
  expect_like_undisturbed(outcome);
  EXPECT_EQ(outcome.at("restarts"), 0);
}

}  // namespace
}  // namespace dk::test
