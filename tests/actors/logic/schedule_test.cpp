// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/schedule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace dk {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

const CoresByNode kTwoMachines{{"a", 4}, {"b", 4}};

ScheduledJob job(std::uint64_t id, std::uint32_t min, std::uint32_t max) {
  ScheduledJob result;
  result.id = JobId(id);
  result.workers_min = min;
  result.workers_max = max;
  return result;
}

/// It runs, on what `held` says.
ScheduledJob running(ScheduledJob job, CoresByNode held) {
  job.admitted = true;
  job.used = job.held = std::move(held);
  return job;
}

std::uint32_t total(const JobPlan& plan) {
  std::uint32_t sum = 0;
  for (const auto& [node, cores] : plan.share) sum += cores;
  return sum;
}

TEST(Schedule, GivesAJobThatIsAloneWhatItCanUse) {
  EXPECT_EQ(total(schedule(kTwoMachines, {job(1, 1, 100)}).at(JobId(1))), 8U);
  EXPECT_EQ(total(schedule(kTwoMachines, {job(1, 1, 3)}).at(JobId(1))), 3U);
}

TEST(Schedule, AdmitsAsManyAsThereIsRoomForAtLeast) {
  const auto plans = schedule(kTwoMachines, {job(1, 4, 8), job(2, 4, 8), job(3, 1, 1)});
  EXPECT_EQ(total(plans.at(JobId(1))), 4U);
  EXPECT_EQ(total(plans.at(JobId(2))), 4U);
  EXPECT_FALSE(plans.at(JobId(3)).admitted);
  EXPECT_THAT(plans.at(JobId(3)).reason,
              HasSubstr("wants at least 1 worker of 1 core, and there is room for 0 now"));
}

TEST(Schedule, BeginsAJobWithAllWorkersThatItNeedsOrNotAtAll) {
  const auto plans =
      schedule(kTwoMachines, {running(job(1, 5, 5), {{"a", 4}, {"b", 1}}), job(2, 4, 4)});
  EXPECT_FALSE(plans.at(JobId(2)).admitted);
  EXPECT_THAT(plans.at(JobId(2)).share, IsEmpty());
}

TEST(Schedule, KeepsRoomForALargeJobThatWaitsInPlaceOfSmallOnesBehindIt) {
  const auto plans = schedule(
      kTwoMachines, {running(job(1, 5, 5), {{"a", 4}, {"b", 1}}), job(2, 4, 4), job(3, 1, 1)});
  EXPECT_FALSE(plans.at(JobId(3)).admitted);
  EXPECT_THAT(plans.at(JobId(3)).reason, HasSubstr("a job before it"));
}

TEST(Schedule, LetsAJobThatCouldNeverFitHoldBackNobody) {
  const auto plans = schedule(kTwoMachines, {job(1, 9, 9), job(2, 1, 1)});
  EXPECT_FALSE(plans.at(JobId(1)).admitted);
  EXPECT_THAT(plans.at(JobId(1)).reason, HasSubstr("the cluster has room for 8"));
  EXPECT_TRUE(plans.at(JobId(2)).admitted);
}

TEST(Schedule, CountsTheCoresOfOneWorkerOnOneMachine) {
  auto wide = job(1, 1, 10);
  wide.threads = 3;
  EXPECT_EQ(schedule(kTwoMachines, {wide}).at(JobId(1)).share, (CoresByNode{{"a", 3}, {"b", 3}}));
  wide.threads = 5;
  EXPECT_FALSE(schedule(kTwoMachines, {wide}).at(JobId(1)).admitted);
}

TEST(Schedule, TakesWhatAJobHasBeyondItsMinimumForOneThatWaits) {
  const auto big = running(job(1, 1, 8), {{"a", 4}, {"b", 4}});
  auto plans = schedule(kTwoMachines, {big, job(2, 2, 2)});
  EXPECT_EQ(total(plans.at(JobId(1))), 6U);
  EXPECT_TRUE(plans.at(JobId(2)).admitted);
  EXPECT_EQ(total(plans.at(JobId(2))), 0U) << "the first one has not let go of them yet";

  const auto shrunk = running(job(1, 1, 8), plans.at(JobId(1)).share);
  const auto begun = running(job(2, 2, 2), {});
  plans = schedule(kTwoMachines, {shrunk, begun});
  EXPECT_EQ(plans.at(JobId(1)).share, shrunk.held) << "nobody moves without need";
  EXPECT_EQ(total(plans.at(JobId(2))), 2U);
}

TEST(Schedule, GivesEqualJobsEqualShares) {
  const auto plans = schedule(kTwoMachines, {job(1, 1, 8), job(2, 1, 8)});
  EXPECT_EQ(total(plans.at(JobId(1))), 4U);
  EXPECT_EQ(total(plans.at(JobId(2))), 4U);
}

TEST(Schedule, IsFairToSubmittersAndNotToTheirJobs) {
  auto first = job(1, 1, 8), second = job(2, 1, 8), other = job(3, 1, 8);
  first.submitter = second.submitter = "ann";
  other.submitter = "bob";
  const auto plans = schedule(kTwoMachines, {first, second, other});
  EXPECT_EQ(total(plans.at(JobId(3))), 4U);
  EXPECT_EQ(total(plans.at(JobId(1))), 2U);
  EXPECT_EQ(total(plans.at(JobId(2))), 2U);
}

TEST(Schedule, ChoosesTheNextOneOfWhoeverHasTheLeast) {
  auto mine = running(job(1, 4, 4), {{"a", 4}}), next = job(2, 3, 3), other = job(3, 3, 3);
  mine.submitter = next.submitter = "ann";
  other.submitter = "bob";
  const auto plans = schedule(kTwoMachines, {mine, next, other});
  EXPECT_FALSE(plans.at(JobId(2)).admitted);
  EXPECT_TRUE(plans.at(JobId(3)).admitted);
}

TEST(Schedule, PreemptsTheYoungestOfTheSmallestPriorityAndOnlyAsManyAsHelp) {
  auto old_one = running(job(1, 3, 3), {{"a", 3}}), young = running(job(2, 3, 3), {{"b", 3}});
  auto important = job(3, 4, 4);
  important.priority = 10;
  auto plans = schedule(kTwoMachines, {old_one, young, important});
  EXPECT_TRUE(plans.at(JobId(1)).admitted);
  EXPECT_FALSE(plans.at(JobId(2)).admitted);
  EXPECT_THAT(plans.at(JobId(2)).reason, HasSubstr("job 3 of priority 10 goes first"));
  EXPECT_TRUE(plans.at(JobId(3)).admitted);

  old_one.priority = -1;
  plans = schedule(kTwoMachines, {old_one, young, important});
  EXPECT_FALSE(plans.at(JobId(1)).admitted);
  EXPECT_TRUE(plans.at(JobId(2)).admitted);
}

TEST(Schedule, PreemptsNobodyInVainAndNoEqual) {
  const auto first = running(job(1, 4, 4), {{"a", 4}});
  auto important = job(2, 9, 9);
  important.priority = 10;
  EXPECT_TRUE(schedule(kTwoMachines, {first, important}).at(JobId(1)).admitted);
  EXPECT_TRUE(schedule(kTwoMachines, {first, job(2, 8, 8)}).at(JobId(1)).admitted);
}

TEST(Schedule, KeepsAJobWhoseMachinesAreLost) {
  const auto plans = schedule({{"b", 1}}, {running(job(1, 4, 4), {{"a", 4}})});
  EXPECT_TRUE(plans.at(JobId(1)).admitted);
  EXPECT_EQ(total(plans.at(JobId(1))), 1U);
}

TEST(Schedule, GivesNoCoresOfAMachineThatTheJobHasGivenUp) {
  auto given_up = job(1, 1, 8);
  given_up.refused = {"a"};
  EXPECT_EQ(schedule(kTwoMachines, {given_up}).at(JobId(1)).share, (CoresByNode{{"b", 4}}));
}

TEST(Schedule, RunsOneAfterTheOtherWhereOnlyOneCanRun) {
  const auto plans = schedule(kTwoMachines, {job(1, 1, 1), job(2, 1, 1)}, 1);
  EXPECT_TRUE(plans.at(JobId(1)).admitted);
  EXPECT_THAT(plans.at(JobId(2)).reason, HasSubstr("another job runs"));
}

/// Random clusters, as a supervisor lives them: shares are told, holders follow late.
TEST(Schedule, NeverPromisesACoreTwiceAndComesToRest) {
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    std::mt19937 random(seed);
    const auto up_to = [&](std::uint32_t most) {
      return std::uniform_int_distribution<std::uint32_t>(0, most)(random);
    };
    CoresByNode cores;
    for (std::uint32_t i = 0; i <= up_to(4); ++i) cores[std::string(1, char('a' + i))] = up_to(8);
    std::vector<ScheduledJob> jobs;
    for (std::uint64_t id = 1; id <= 1 + up_to(9); ++id) {
      auto next = job(id, 1 + up_to(5), 0);
      next.workers_max = next.workers_min + up_to(6);
      next.threads = 1 + up_to(2);
      next.priority = static_cast<std::int32_t>(up_to(2));
      next.submitter = std::string(1, char('x' + up_to(2)));
      jobs.push_back(next);
    }
    for (int round = 0; round < 40; ++round) {
      const auto plans = schedule(cores, jobs);
      for (const auto& [node, all] : cores) {
        std::uint32_t claimed = 0;
        for (const auto& entry : jobs) {
          const auto& share = plans.at(entry.id).share;
          const auto given = share.contains(node) ? share.at(node) : 0;
          const auto held = entry.held.contains(node) ? entry.held.at(node) : 0;
          claimed += std::max(given, held);
          EXPECT_EQ(given % entry.threads, 0U) << "seed " << seed;
        }
        ASSERT_LE(claimed, all) << "seed " << seed << ", node " << node;
      }
      for (auto& entry : jobs) {
        const auto& plan = plans.at(entry.id);
        entry.admitted = plan.admitted;
        // What it is given it holds at once; what it loses, some time later.
        for (const auto& [node, count] : plan.share)
          entry.held[node] = std::max(entry.held[node], count);
        if (up_to(1) == 0) entry.used = entry.held = plan.share;
      }
    }
    for (const auto& [id, plan] : schedule(cores, jobs)) {
      auto& entry = *std::ranges::find(jobs, id, &ScheduledJob::id);
      entry.used = entry.held = plan.share;
    }
    const auto at_rest = schedule(cores, jobs);
    for (const auto& entry : jobs) {
      EXPECT_EQ(at_rest.at(entry.id).admitted, entry.admitted) << "seed " << seed;
      EXPECT_GE(total(at_rest.at(entry.id)), entry.admitted ? entry.workers_min * entry.threads : 0)
          << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace dk
