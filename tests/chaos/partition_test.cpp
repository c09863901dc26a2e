// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/chaos/cluster.hpp"
#include "tests/chaos/network.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

namespace dk::test {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::vector<std::string> kMachines{"a", "b", "c"};

class Partition : public testing::Test {
 protected:
  void SetUp() override {
    if (!Network::allowed()) GTEST_SKIP() << "no network namespaces can be made here";
    network.emplace(kMachines);
    cluster.emplace(kMachines, ClusterOptions{.network = &*network});
    job.emplace(*cluster);
    job->wait_for("replicated");
    if (job->seen("checkpoint").empty()) job->wait_for("checkpoint");
  }
  void TearDown() override {
    job.reset();
    cluster.reset();
    network.reset();
  }

  bool comes_back(const std::string& machine) {
    return eventually([&] { return cluster->state_of(machine) == "alive"; });
  }

  std::optional<Network> network;
  std::optional<Cluster> cluster;
  std::optional<RunningJob> job;
};

TEST_F(Partition, AMachineThatIsCutOffIsReplacedAndRefusedWhenItIsBack) {
  const auto lost = job->with_shard();
  network->cut(lost.node);
  EXPECT_EQ(job->wait_for("failure").at("node"), lost.node);
  const auto recovery = job->wait_for("recovery");
  EXPECT_EQ(recovery.at("action"), "promoted");
  EXPECT_LT(recovery.at("seconds"), 30) << "somebody waits for the machine that is gone";
  EXPECT_EQ(cluster->state_of(lost.node), "lost");
  network->heal(lost.node);
  EXPECT_TRUE(comes_back(lost.node));
  EXPECT_TRUE(process_ends(lost.pid, std::chrono::seconds(10))) << "a replaced executor goes on";
  const auto outcome = job->outcome();
  expect_like_undisturbed(outcome);
  EXPECT_THAT(job->recoveries(), Not(Contains("rolled_back")));
}

TEST_F(Partition, OneThatCannotBeHeardIsLostThoughItHearsEverything) {
  const auto silent = job->with_shard();
  for (const auto& other : kMachines) {
    if (other != silent.node) network->cut_one_way(silent.node, other);
  }
  EXPECT_EQ(job->wait_for("failure").at("node"), silent.node);
  EXPECT_EQ(job->wait_for("recovery").at("action"), "promoted");
  for (const auto& other : kMachines) {
    if (other != silent.node) network->heal_one_way(silent.node, other);
  }
  EXPECT_TRUE(comes_back(silent.node));
  EXPECT_TRUE(process_ends(silent.pid, std::chrono::seconds(10)));
  expect_like_undisturbed(job->outcome());
}

TEST_F(Partition, TheSupervisorsMachineAloneGoesOnByItselfAndTheOthersAreRefusedAfterwards) {
  const auto before = job->executors();
  network->cut("a");
  // The events are asked for from between the machines.
  EXPECT_FALSE(cluster->gateway().status(job->id()));
  ::poll(nullptr, 0, 7000);
  network->heal("a");
  const auto outcome = job->outcome();
  expect_like_undisturbed(outcome);
  for (const auto& executor : before) {
    if (executor.node == "a") continue;
    EXPECT_TRUE(process_ends(executor.pid, std::chrono::seconds(10))) << executor.node;
  }
}

TEST_F(Partition, AShortOneIsNotNoticed) {
  const auto machine = job->with_shard().node;
  network->cut(machine);
  // TCP sends again after 0.2, 0.6, 1.4 and 3 s: the third time it must be through.
  ::poll(nullptr, 0, 600);
  network->heal(machine);
  const auto outcome = job->outcome();
  expect_like_undisturbed(outcome);
  EXPECT_THAT(job->seen("failure"), IsEmpty());
  EXPECT_EQ(outcome.at("updates").at("lost"), 0);
}

}  // namespace
}  // namespace dk::test
