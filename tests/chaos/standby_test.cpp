// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/chaos/cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dk::test {
namespace {

using ::testing::Contains;
using ::testing::Not;

/// A supervisor on a, which has no executor, and standbys on the machines that work.
class Standby : public testing::Test {
 protected:
  void build(const Network* network = nullptr) {
    cluster.emplace(std::vector<std::string>{"a", "b", "c"},
                    ClusterOptions{.standbys = {"b", "c"}, .network = network});
    ASSERT_TRUE(eventually([&] { return cluster->voters() == 3; })) << cluster->nodes().dump();
  }
  void run_job() {
    job.emplace(*cluster);
    job->wait_for("replicated");
    if (job->seen("checkpoint").empty()) job->wait_for("checkpoint");
  }
  void TearDown() override {
    job.reset();
    cluster.reset();
  }

  std::string supervisor() {
    const auto list = cluster->nodes();
    for (const auto& node : list) {
      if (node.at("role") == "supervisor") return node.at("name");
    }
    return "nobody";
  }
  std::optional<Cluster> cluster;
  std::optional<RunningJob> job;
};

TEST_F(Standby, TakesOverFromADaemonThatNeverComesBack) {
  build();
  run_job();
  cluster->kill_node("a");
  const auto changed = job->wait_for("supervisor_changed");
  EXPECT_EQ(changed.at("from"), "a");
  EXPECT_TRUE(eventually([&] { return supervisor() == changed.at("node"); }))
      << cluster->nodes().dump();
  const auto outcome = job->outcome();
  expect_like_undisturbed(outcome);
  EXPECT_EQ(outcome.at("updates").at("lost"), 0);
  EXPECT_THAT(job->recoveries(), Not(Contains("rolled_back")));
  EXPECT_EQ(cluster->gateway().status(job->id())->at("state"), "finished");
}

TEST_F(Standby, ASupervisorThatStoodStillStepsDownWhenItGoesOn) {
  build();
  run_job();
  cluster->daemon("a").signal(SIGSTOP);
  job->wait_for("supervisor_changed");
  cluster->daemon("a").signal(SIGCONT);
  EXPECT_TRUE(eventually([&] { return cluster->voters() == 3; })) << cluster->nodes().dump();
  EXPECT_NE(supervisor(), "a");
  const auto outcome = job->outcome();
  expect_like_undisturbed(outcome);
  EXPECT_THAT(job->recoveries(), Not(Contains("rolled_back")));
}

TEST_F(Standby, OneAfterTheOtherDiesAndComesBack) {
  build();
  std::string leader = "a";
  for (int i = 0; i < 2; ++i) {
    cluster->kill_node(leader);
    std::string next;
    ASSERT_TRUE(eventually([&] { return (next = supervisor()) != leader && next != "nobody"; }))
        << cluster->nodes().dump();
    cluster->start(leader);
    ASSERT_TRUE(eventually([&] { return cluster->voters() == 3; })) << cluster->nodes().dump();
    EXPECT_EQ(supervisor(), next) << "nobody is unseated by a return";
    leader = next;
  }
  job.emplace(*cluster);
  expect_like_undisturbed(job->outcome());
}

TEST_F(Standby, OneOfThemLeadsAgainAfterAPowerCutOfAllMachines) {
  build();
  run_job();
  for (const auto* name : {"a", "b", "c"}) cluster->kill_node(name);
  for (const auto* name : {"a", "b", "c"}) cluster->start(name);
  EXPECT_TRUE(eventually([&] { return cluster->voters() == 3; })) << cluster->nodes().dump();
  expect_like_undisturbed(job->outcome());
}

TEST_F(Standby, AMachineThatIsCutOffWithItsSupervisorLeadsNoMore) {
  if (!Network::allowed()) GTEST_SKIP() << "no network namespaces can be made here";
  const Network network({"a", "b", "c"});
  build(&network);
  run_job();
  network.cut("a");
  EXPECT_EQ(job->wait_for("supervisor_changed").at("from"), "a");
  network.heal("a");
  EXPECT_TRUE(eventually([&] { return cluster->voters() == 3; })) << cluster->nodes().dump();
  EXPECT_NE(supervisor(), "a");
  expect_like_undisturbed(job->outcome());
  job.reset();
  cluster.reset();
}

}  // namespace
}  // namespace dk::test
