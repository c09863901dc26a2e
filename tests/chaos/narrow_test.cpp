// SPDX-License-Identifier: GPL-3.0-or-later
// Wires that are full of exchanges all the time.
#include "tests/chaos/cluster.hpp"
#include "tests/chaos/network.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dk::test {
namespace {

using ::testing::IsEmpty;

TEST(NarrowWires, SlowTheTrainingDownAndNobodyCountsAsLost) {
  if (!Network::allowed()) GTEST_SKIP() << "no network namespaces can be made here";
  const std::vector<std::string> machines{"a", "b", "c"};
  const Network network(machines);
  for (const auto& machine : machines) network.narrow(machine, 20);
  Cluster cluster(machines, {.network = &network});
  RunningJob job(cluster, {"training.algorithm={name: adag, window: 1}", "training.epochs=2",
                           "data.train.limit=960", "data.test.limit=960"});
  const auto outcome = job.outcome();
  EXPECT_EQ(outcome.at("event"), "finished") << outcome;
  EXPECT_EQ(outcome.at("restarts"), 0);
  EXPECT_THAT(job.seen("failure"), IsEmpty());
  EXPECT_THAT(job.seen("recovery"), IsEmpty());
  for (const auto& machine : machines) {
    EXPECT_EQ(cluster.state_of(machine), "alive");
    EXPECT_GT(network.held_back(machine), 100U) << "the wire of " << machine << " was free";
  }
}

}  // namespace
}  // namespace dk::test
