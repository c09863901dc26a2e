// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/job_fixture.hpp"

namespace dk::test {
namespace {

TEST_F(JobTest, AnUndisturbedJobTrainsEveryBlockOnce) {
  const auto job = cluster().submit(tiny.spec);
  ASSERT_TRUE(cluster().finish(job));
  expect_whole(job);
  const auto outcome = cluster().outcome(job);
  EXPECT_EQ(outcome.at("restarts"), 0);
  EXPECT_EQ(outcome.at("account").at(0).at("repeated"), 0);
  EXPECT_EQ(cluster().events(job, "epoch").size(), 3U);
  EXPECT_GE(cluster().events(job, "checkpoint").size(), 2U);
}

}  // namespace
}  // namespace dk::test
