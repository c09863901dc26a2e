// SPDX-License-Identifier: GPL-3.0-or-later
// Machines with addresses of their own, which trust only each other's certificates.
#include "tests/chaos/cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dk::test {
namespace {

using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::Not;

class Hosts : public testing::Test {
 protected:
  void SetUp() override {
    if (!Network::allowed()) GTEST_SKIP() << "no network namespaces can be made here";
    network.emplace(std::vector<std::string>{"a", "b", "c", "d"}, Network::kPrivate);
    cluster.emplace(std::vector<std::string>{"a", "b", "c"},
                    ClusterOptions{.network = &*network, .authority = &authority});
  }
  void TearDown() override {
    cluster.reset();
    network.reset();
  }

  bool comes_to(const std::string& machine, const std::string& state) {
    return eventually([&] { return cluster->state_of(machine) == state; });
  }
  static std::vector<std::string> places(RunningJob& job) {
    std::vector<std::string> names;
    for (const auto& executor : job.executors()) names.push_back(executor.node);
    return names;
  }

  TestAuthority authority;
  std::optional<Network> network;
  std::optional<Cluster> cluster;
};

TEST_F(Hosts, TwoJobsLiveThroughAHostThatComesOneThatGoesAndAPowerCutOfAll) {
  RunningJob first(*cluster, {"training.workers={min: 1, max: 3}", "training.epochs=8"});
  RunningJob second(*cluster, {"training.workers={min: 1, max: 3}", "training.epochs=8"});
  first.wait_for("replicated");
  second.wait_for("replicated");
  cluster->start("d");
  ASSERT_TRUE(comes_to("d", "alive"));
  ASSERT_TRUE(cluster->gateway().drain("b", true));
  ASSERT_TRUE(comes_to("b", "drained")) << cluster->state_of("b");
  EXPECT_THAT(places(first), Not(IsEmpty()));
  EXPECT_THAT(places(first), Each(testing::StrNe("b")));
  EXPECT_THAT(places(second), Each(testing::StrNe("b")));
  for (auto* job : {&first, &second}) {
    job->wait_for("checkpoint");
    EXPECT_THAT(job->seen("failure"), IsEmpty());
  }

  for (const auto* host : {"a", "b", "c", "d"}) cluster->kill_node(host);
  for (const auto* host : {"a", "b", "c", "d"}) cluster->start(host);
  for (auto* job : {&first, &second}) {
    const auto outcome = job->outcome();
    EXPECT_EQ(outcome.at("event"), "finished") << outcome;
    for (const auto& epoch : outcome.at("account")) {
      EXPECT_EQ(epoch.at("visited"), kSamples);
      EXPECT_EQ(epoch.at("missed"), 0);
    }
    EXPECT_THAT(job->seen("failure"), Not(IsEmpty())) << "the power cut is told";
  }
  const auto history = cluster->gateway().history(10);
  ASSERT_TRUE(history) << history.error().message;
  ASSERT_EQ(history->size(), 2U);
  for (const auto& entry : *history) EXPECT_EQ(entry.at("state"), "finished") << entry;
}

}  // namespace
}  // namespace dk::test
