// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/chaos/cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <set>

namespace dk::test {
namespace {

using testing::IsEmpty;

/// Every machine's wall clock is set to another day ten times a second.
class JumpingClocks : public testing::Test {
 protected:
  void SetUp() override {
#ifdef DK_SANITIZED
    GTEST_SKIP() << "a sanitizer wants to be preloaded first";
#endif
    for (const auto* name : {"a", "b", "c"}) cluster.start_with_jumping_clock(name);
  }

  Cluster cluster{std::vector<std::string>{}};
};

TEST_F(JumpingClocks, DisturbNothing) {
  RunningJob job(cluster);
  std::set<std::string> days;
  const auto outcome = job.outcome();
  for (const auto* kind : {"progress", "checkpoint", "epoch"}) {
    for (const auto& event : job.seen(kind))
      days.insert(event.at("time").get<std::string>().substr(0, 13));
  }
  EXPECT_GT(days.size(), 3U) << "no clock jumped";
  EXPECT_THAT(job.seen("failure"), IsEmpty());
  EXPECT_THAT(job.seen("reissued"), IsEmpty());
  expect_like_undisturbed(outcome);
}

TEST_F(JumpingClocks, DisturbNoRecovery) {
  RunningJob job(cluster);
  if (job.seen("replicated").empty()) job.wait_for("replicated");
  job.with_shard().signal(SIGKILL);
  EXPECT_EQ(job.wait_for("recovery").at("action"), "promoted");
  expect_like_undisturbed(job.outcome());
}

}  // namespace
}  // namespace dk::test
