// SPDX-License-Identifier: GPL-3.0-or-later
// Several jobs on one cluster.
#include "tests/support/job_sweep.hpp"

#include <caf/all.hpp>

namespace dk::test {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class SeveralJobsTest : public JobSweep {
 protected:
  SeveralJobsTest() {
    build({{"a", "b", "c"}, 2});
    tiny.spec.replicas = 2;
    tiny.spec.epochs = 40;
  }

  JobId submit(std::uint32_t min, std::uint32_t max, std::uint32_t priority = 50) {
    auto spec = tiny.spec;
    spec.workers_min = min;
    spec.workers_max = max;
    spec.priority = priority;
    return cluster().submit(spec);
  }
  nlohmann::json status(JobId job) {
    const auto text = system().ask<std::string>(cluster().supervisor(), get_atom_v, job);
    return text ? nlohmann::json::parse(*text) : nlohmann::json::object();
  }
  std::size_t workers(JobId job) {
    std::size_t count = 0;
    for (const auto& executor : status(job).value("executors", nlohmann::json::array()))
      count += executor.at("workers").size();
    return count;
  }
  bool run_until_workers(JobId job, std::size_t count) {
    return cluster().run_until([&] { return cluster().ended(job) || workers(job) == count; }) &&
           !cluster().ended(job);
  }
  bool run_until_state(JobId job, const std::string& state) {
    return cluster().run_until([&] {
      return cluster().ended(job) || status(job).value("state", "") == state;
    }) && !cluster().ended(job);
  }
  /// As if it had been alone.
  void expect_undisturbed(JobId job) {
    expect_whole(job);
    EXPECT_THAT(cluster().texts(job, "failure", "reason"), IsEmpty());
    const auto outcome = cluster().outcome(job);
    EXPECT_EQ(outcome.at("updates").at("lost"), 0);
    for (const auto& epoch : outcome.at("account")) EXPECT_EQ(epoch.at("repeated"), 0);
  }
};

TEST_F(SeveralJobsTest, RunAtTheSameTimeWhereThereIsRoom) {
  const auto first = submit(2, 2);
  const auto second = submit(3, 3);
  ASSERT_TRUE(run_until_workers(first, 2));
  ASSERT_TRUE(run_until_workers(second, 3));
  ASSERT_TRUE(cluster().finish(first) && cluster().finish(second));
  expect_undisturbed(first);
  expect_undisturbed(second);
}

TEST_F(SeveralJobsTest, AJobRunsOnlyOnNodesWithItsLabels) {
  build({.nodes = {"a", "b", "c"},
         .cores = 2,
         .labels = {{"b", {{"zone", "cellar"}}}, {"c", {{"disk", "ssd"}, {"zone", "cellar"}}}}});
  tiny.spec.nodes = {{"zone", "cellar"}};
  const auto job = submit(1, 6);
  ASSERT_TRUE(run_until_workers(job, 4));
  for (const auto& executor : status(job).at("executors"))
    EXPECT_THAT(executor.at("node"), ::testing::AnyOf("b", "c"));
  ASSERT_TRUE(cluster().finish(job));
  expect_undisturbed(job);
}

TEST_F(SeveralJobsTest, AJobWhoseLabelsNobodyHasWaitsAndSaysSo) {
  tiny.spec.nodes = {{"disk", "ssd"}, {"zone", "moon"}};
  const auto job = submit(1, 1);
  system().drain();
  EXPECT_EQ(status(job).at("state"), "queued");
  EXPECT_EQ(status(job).at("reason"),
            "it wants at least 1 worker of 1 core on nodes with disk=ssd, zone=moon, and the "
            "cluster has room for 0");
}

TEST_F(SeveralJobsTest, OneThatWaitsSaysWhatFor) {
  const auto first = submit(5, 6);
  const auto second = submit(3, 3);
  const auto third = submit(9, 9);
  ASSERT_TRUE(run_until_workers(first, 6));
  EXPECT_EQ(status(second).at("state"), "queued");
  EXPECT_EQ(status(second).at("reason"),
            "it wants at least 3 workers of 1 core, and there is room for 1 now");
  EXPECT_THAT(status(third).at("reason"), HasSubstr("the cluster has room for 6"));
  ASSERT_TRUE(cluster().finish(first) && cluster().finish(second));
  expect_undisturbed(second);
  EXPECT_EQ(status(third).at("state"), "queued");
}

TEST_F(SeveralJobsTest, AnElasticOneMakesRoomAndGrowsAgain) {
  tiny.spec.epochs = 150;
  const auto elastic = submit(1, 6);
  ASSERT_TRUE(run_until_workers(elastic, 6));
  tiny.spec.epochs = 10;
  const auto next = submit(4, 4);
  ASSERT_TRUE(run_until_workers(next, 4));
  EXPECT_EQ(workers(elastic), 2U);
  ASSERT_TRUE(cluster().finish(next));
  ASSERT_TRUE(run_until_workers(elastic, 6));
  ASSERT_TRUE(cluster().finish(elastic));
  expect_undisturbed(next);
  tiny.spec.epochs = 150;
  expect_undisturbed(elastic);
}

TEST_F(SeveralJobsTest, OneOfSmallerPriorityLeavesACheckpointAndGoesOnLater) {
  const auto patient = submit(4, 6);
  run_to_checkpoint(patient, 1, 50);
  const auto urgent = submit(6, 6, 90);
  ASSERT_TRUE(run_until_workers(urgent, 6));
  ASSERT_TRUE(run_until_state(patient, "paused")) << told(patient);
  EXPECT_THAT(status(patient).at("reason"), HasSubstr("of priority 90 goes first"));
  ASSERT_TRUE(cluster().finish(urgent) && cluster().finish(patient)) << told(patient);
  expect_undisturbed(urgent);
  expect_undisturbed(patient);
  EXPECT_THAT(cluster().events(patient, "resumed"), Not(IsEmpty()));
  EXPECT_THAT(cluster().events(patient, "recovery"), IsEmpty());
}

TEST_F(SeveralJobsTest, WhatFailsInOneIsNothingToAnother) {
  const auto first = submit(2, 3);
  const auto second = submit(2, 3);
  run_to_checkpoint(first, 1, 0);
  ASSERT_TRUE(run_until_workers(second, 3));
  for (const auto& [incarnation, executor] : cluster().executors()) {
    if (executor.launch.job != first) continue;
    cluster().kill_executor(incarnation);
    break;
  }
  ASSERT_TRUE(cluster().finish(first) && cluster().finish(second));
  expect_whole(first);
  EXPECT_EQ(cluster().events(first, "failure").size(), 1U);
  expect_undisturbed(second);
}

TEST_F(SeveralJobsTest, AllComeBackToASupervisorThatIsStartedAgain) {
  const auto first = submit(2, 3);
  const auto second = submit(2, 3);
  const auto third = submit(6, 6);
  run_to_checkpoint(first, 1, 0);
  run_to_checkpoint(second, 1, 0);
  cluster().kill_supervisor();
  for (int i = 0; i < 200; ++i) system().step();
  cluster().start_supervisor();
  ASSERT_TRUE(cluster().finish(first) && cluster().finish(second) && cluster().finish(third));
  for (const auto job : {first, second, third}) expect_undisturbed(job);
  EXPECT_THAT(cluster().texts(first, "recovery", "action"), Contains("reattached"));
  EXPECT_THAT(cluster().texts(second, "recovery", "action"), Contains("reattached"));
}

TEST_F(SeveralJobsTest, OneThatWasPreemptedWaitsOverASupervisorsRestart) {
  const auto patient = submit(4, 6);
  run_to_checkpoint(patient, 1, 50);
  const auto urgent = submit(6, 6, 90);
  ASSERT_TRUE(run_until_workers(urgent, 6));
  cluster().kill_supervisor();
  cluster().start_supervisor();
  ASSERT_TRUE(run_until_state(urgent, "running"));
  ASSERT_TRUE(run_until_state(patient, "paused"));
  ASSERT_TRUE(cluster().finish(urgent) && cluster().finish(patient));
  expect_undisturbed(urgent);
  expect_undisturbed(patient);
}

TEST_F(SeveralJobsTest, AllLeaveAMachineThatIsDrained) {
  const auto first = submit(1, 2);
  const auto second = submit(1, 2);
  run_to_checkpoint(first, 1, 0);
  run_to_checkpoint(second, 1, 0);
  ASSERT_TRUE(system().ask<bool>(cluster().supervisor(), drain_atom_v, std::string("b"), true));
  ASSERT_TRUE(cluster().finish(first) && cluster().finish(second));
  EXPECT_FALSE(cluster().executor_on("b"));
  expect_undisturbed(first);
  expect_undisturbed(second);
}

TEST_F(SeveralJobsTest, HundredsInAQueueAllEndInTheirOrder) {
  tiny.spec.epochs = 1;
  std::vector<JobId> jobs;
  for (int i = 0; i < 200; ++i) jobs.push_back(submit(1, 1));
  for (const auto job : jobs) ASSERT_TRUE(cluster().finish(job));
  for (const auto job : jobs) expect_undisturbed(job);
  EXPECT_TRUE(cluster().run_until([&] { return cluster().executors().empty(); }));
}

/// Whatever the moment, whatever the order of messages: never more workers than cores.
TEST_F(SeveralJobsTest, NeverUseMoreCoresThanThereAre) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    build({{"a", "b", "c"}, 2}, seed);
    tiny.spec.epochs = 30;
    const auto elastic = submit(1, 6);
    run_to_checkpoint(elastic, 1, static_cast<int>(seed * 7));
    const auto urgent = submit(3, 4, 90);
    const auto equal = submit(2, 6);
    const auto check = [&] {
      std::map<std::string, std::size_t> on;
      for (const auto job : {elastic, urgent, equal}) {
        if (cluster().ended(job)) continue;
        const auto record = cluster().record(job);
        std::map<std::uint64_t, std::string> nodes;
        for (const auto& executor : record.value("executors", nlohmann::json::array()))
          nodes[executor.at(0)] = executor.at(1);
        for (const auto& worker : record.value("workers", nlohmann::json::array()))
          ++on[nodes.at(worker.at(2))];
      }
      for (const auto& [node, count] : on) EXPECT_LE(count, 2U) << node;
    };
    while (!cluster().ended(elastic) || !cluster().ended(urgent) || !cluster().ended(equal)) {
      ASSERT_TRUE(cluster().run_until([&, n = 0]() mutable { return ++n > 40; }));
      check();
      if (HasFailure()) return;
    }
    for (const auto job : {elastic, urgent, equal}) expect_undisturbed(job);
  }
}

}  // namespace
}  // namespace dk::test
