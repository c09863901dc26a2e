// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/chaos/cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace dk::test {
namespace {

class Pause : public testing::Test {
 protected:
  void SetUp() override {
    job.wait_for("checkpoint");
    ASSERT_THAT(job.seen("failure"), testing::IsEmpty());
  }

  Cluster cluster;
  // Longer than the silence after which a peer counts as lost.
  RunningJob job{cluster};
};

TEST_F(Pause, OfAnExecutorIsNoticedBySilenceAndEndsIt) {
  const auto silent = job.workers_only();
  silent.signal(SIGSTOP);
  EXPECT_EQ(job.wait_for("failure").at("node"), silent.node);
  EXPECT_TRUE(process_ends(silent.pid, std::chrono::seconds(2)));
  expect_like_undisturbed(job.outcome());
}

TEST_F(Pause, OfAnExecutorWithAShardIsNoticedBySilenceAndEndsIt) {
  const auto silent = job.with_shard();
  silent.signal(SIGSTOP);
  EXPECT_EQ(job.wait_for("failure").at("node"), silent.node);
  EXPECT_TRUE(process_ends(silent.pid, std::chrono::seconds(2)));
  expect_like_undisturbed(job.outcome());
}

TEST_F(Pause, OfAWholeMachineThatWakesUpLaterIsRefusedAndJoinsAgain) {
  if (job.seen("replicated").empty()) job.wait_for("replicated");
  const auto silent = job.with_shard();
  cluster.daemon(silent.node).signal(SIGSTOP);
  silent.signal(SIGSTOP);
  EXPECT_EQ(job.wait_for("recovery").at("action"), "promoted");
  silent.signal(SIGCONT);
  cluster.daemon(silent.node).signal(SIGCONT);
  EXPECT_TRUE(process_ends(silent.pid, std::chrono::seconds(5))) << "a replaced executor goes on";
  expect_like_undisturbed(job.outcome());
  EXPECT_THAT(cluster.logs(), testing::HasSubstr("has been replaced"));
}

}  // namespace
}  // namespace dk::test
