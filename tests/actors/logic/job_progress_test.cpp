// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/job_progress.hpp"

#include "tests/support/seed.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <utility>
#include <vector>

namespace dk {
namespace {

using std::chrono::hours;

using std::chrono::minutes;
using std::chrono::seconds;

TEST(ProgressEvery, IsASecondAtFirstAndGrowsWithTheJobsAgeToAMinute) {
  EXPECT_EQ(progress_every(seconds(0)), seconds(1));
  EXPECT_EQ(progress_every(hours(1)), seconds(1));
  EXPECT_EQ(progress_every(hours(10)), seconds(10));
  EXPECT_EQ(progress_every(hours(60)), minutes(1));
  EXPECT_EQ(progress_every(hours(24 * 365)), minutes(1));
}

TEST(ProgressEvery, LeavesAMonthsJobFewEvents) {
  int events = 0;
  for (std::chrono::nanoseconds age(0); age < hours(24 * 30); age += progress_every(age)) ++events;
  EXPECT_NEAR(events, 58'000, 1'000);
}

/// The end as it is foretold after every block, once a tenth is done, against the end as it comes.
struct Foretold {
  double worst = 0;  ///< share of the whole time by which it was wrong
};

/// `workers` train blocks of 100 samples; `length(worker)` says how many seconds one takes.
Foretold foretell(int workers, int blocks, const std::function<double(int)>& length) {
  using Clock = JobProgress::TimePoint;
  const auto at = [](double time) {
    return Clock() +
           std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(time));
  };
  JobProgress progress(1);
  progress.started(at(0));
  std::multimap<double, int> next;
  for (int worker = 0; worker < workers; ++worker) next.emplace(length(worker), worker);
  std::vector<std::pair<double, double>> ends;
  double now = 0;
  for (int done = 1; done <= blocks; ++done) {
    const auto [time, worker] = *next.begin();
    next.erase(next.begin());
    now = time;
    next.emplace(now + length(worker), worker);
    progress.add(0, 1, {}, 100, static_cast<std::size_t>(workers), at(now));
    if (done * 10 >= blocks)
      ends.emplace_back(now, now + (blocks - done) * 100 / progress.samples_per_second(at(now)));
  }
  Foretold result;
  for (const auto& [when, end] : ends)
    result.worst = std::max(result.worst, std::abs(end - now) / now);
  return result;
}

TEST(JobProgress, ForetellsTheEndOnceATenthIsDone) {
  const auto seed = dk::testing::test_seed(3);
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> around(0.5, 1.5);
  // Short blocks, long ones, and workers of very different speed.
  EXPECT_LT(foretell(4, 4000, [&](int) { return 0.05 * around(random); }).worst, 0.1);
  EXPECT_LT(foretell(4, 800, [&](int) { return 15 * around(random); }).worst, 0.1);
  EXPECT_LT(foretell(8, 2000, [&](int worker) { return (1 + worker) * around(random); }).worst,
            0.1);
  // All end at once, as in synchronous rounds.
  EXPECT_LT(foretell(20, 4000, [](int) { return 15.0; }).worst, 0.1);
}

TEST(JobProgress, ForgetsItsSpeedWhenNobodyTrains) {
  const JobProgress::TimePoint start{};
  JobProgress progress(1);
  progress.started(start);
  progress.add(0, 1, {}, 100, 1, start + seconds(1));
  EXPECT_DOUBLE_EQ(progress.samples_per_second(start + seconds(1)), 100);
  progress.interrupted();
  EXPECT_EQ(progress.samples_per_second(start + hours(1)), 0);
  progress.started(start + hours(1));
  progress.add(0, 1, {}, 100, 1, start + hours(1) + seconds(2));
  EXPECT_DOUBLE_EQ(progress.samples_per_second(start + hours(1) + seconds(2)), 50);
}

}  // namespace
}  // namespace dk
