// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/files.hpp"
#include "tests/chaos/cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>

namespace dk::test {
namespace {

using ::testing::HasSubstr;

constexpr auto* kFiles = "/usr/share/datasets/fashion-mnist";

/// The node b does not have the files of the job.
class Data : public testing::Test {
 protected:
  void SetUp() override {
    if (!Cluster::can_hide()) GTEST_SKIP() << "mounting in a namespace is not allowed here";
  }
  static bool says(const Cluster& cluster, const std::string& text) {
    return cluster.logs().find(text) != std::string::npos;
  }
  static bool wait_until_it_says(const Cluster& cluster, const std::string& text) {
    for (int i = 0; i < 6000; ++i) {
      if (says(cluster, text)) return true;
      ::poll(nullptr, 0, 10);
    }
    return false;
  }
};

TEST_F(Data, AJobEndsAsAlwaysWhenANodeGetsItsRowsFromAnother) {
  Cluster cluster({"a"});
  cluster.start_without("b", kFiles);
  RunningJob job(cluster);
  expect_like_undisturbed(job.outcome());
  EXPECT_THAT(cluster.logs(), HasSubstr("reading it from node a"));
}

TEST_F(Data, AJobGoesOnWithACopyWhenTheNodeThatLendsTheRowsIsKilled) {
  Cluster cluster({"a", "c"});
  cluster.start_without("b", kFiles);
  // Rows stay on the disk, and are fetched while the first epoch goes on.
  RunningJob job(cluster, {"data.memory=8MiB", "training.workers.max=6"});
  ASSERT_TRUE(wait_until_it_says(cluster, "reading it from node c"));
  cluster.kill_node("c");
  const auto outcome = job.outcome();
  ASSERT_EQ(outcome.at("event"), "finished") << outcome.dump();
  for (const auto& epoch : outcome.at("account")) {
    EXPECT_EQ(epoch.at("visited"), kSamples) << epoch.dump();
    EXPECT_EQ(epoch.at("missed"), 0) << epoch.dump();
  }
  EXPECT_GT(outcome.at("test").at("accuracy").get<double>(), 0.8);
  EXPECT_TRUE(says(cluster, "reading it from node a"));
}

}  // namespace
}  // namespace dk::test
