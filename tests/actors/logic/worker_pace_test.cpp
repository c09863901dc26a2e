// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/worker_pace.hpp"

#include <gtest/gtest.h>

namespace dk {
namespace {

using namespace std::chrono_literals;

const WorkerPace::TimePoint kStart{1h};

TEST(WorkerPace, IsUnknownBeforeTheSecondUpdate) {
  WorkerPace pace;
  EXPECT_EQ(pace.samples_per_second(), 0);
  pace.finished(100, 1, kStart);
  EXPECT_EQ(pace.samples_per_second(), 0);
  EXPECT_EQ(pace.staleness(), 0U);
}

TEST(WorkerPace, IsSamplesOverTheTimeBetweenUpdates) {
  WorkerPace pace;
  pace.finished(100, 1, kStart);
  pace.finished(100, 2, kStart + 500ms);
  EXPECT_NEAR(pace.samples_per_second(), 200, 1e-9);
}

TEST(WorkerPace, FollowsAWorkerThatBecomesSlow) {
  WorkerPace pace;
  auto now = kStart;
  for (int i = 0; i < 10; ++i) pace.finished(100, i, now += 100ms);
  EXPECT_NEAR(pace.samples_per_second(), 1000, 1);
  for (int i = 0; i < 30; ++i) pace.finished(100, i, now += 1s);
  EXPECT_NEAR(pace.samples_per_second(), 100, 2);
}

TEST(WorkerPace, TwoUpdatesInOneReportDoNotMakeItInfinitelyFast) {
  WorkerPace pace;
  pace.finished(1, 1, kStart);
  pace.finished(1, 2, kStart);
  EXPECT_LE(pace.samples_per_second(), 1001);
}

TEST(WorkerPace, StalenessCountsTheUpdatesOfOthersInBetween) {
  WorkerPace pace;
  pace.finished(1, 10, kStart);
  pace.finished(1, 14, kStart + 1s);
  EXPECT_EQ(pace.staleness(), 3U);
  pace.finished(1, 15, kStart + 2s);
  EXPECT_EQ(pace.staleness(), 0U);
  // All went back to a checkpoint.
  pace.finished(1, 7, kStart + 3s);
  EXPECT_EQ(pace.staleness(), 0U);
}

}  // namespace
}  // namespace dk
