// SPDX-License-Identifier: GPL-3.0-or-later
// Workers that are slow, and workers that are sick.
#include "tests/support/job_sweep.hpp"

#include <caf/all.hpp>

namespace dk::test {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class JobHealthTest : public JobSweep {
 protected:
  /// A worker says that it cannot go on; nothing if it is not there.
  void fail_worker(JobId job, std::uint32_t id, const std::string& reason, bool at_centre = false) {
    const auto record = cluster().record(job);
    if (!record.contains("workers")) return;
    for (const auto& worker : record.at("workers")) {
      if (worker.at(0) != id) continue;
      const auto executor =
          cluster().executors().find(Incarnation(worker.at(2).get<std::uint64_t>()));
      if (executor == cluster().executors().end()) return;
      caf::anon_send(executor->second.actor, failure_atom_v,
                     WorkerFailure{WorkerId(id), Incarnation(worker.at(1).get<std::uint64_t>()),
                                   reason, at_centre});
    }
  }
  bool run_to_recoveries(JobId job, std::size_t count) {
    return cluster().run_until(
        [&] { return cluster().ended(job) || cluster().events(job, "recovery").size() >= count; });
  }
};

TEST_F(JobHealthTest, ASickWorkerIsNamedAndReplacedAndNothingElseEnds) {
  const auto job = cluster().submit(tiny.spec);
  run_to_checkpoint(job, 1, 20);
  fail_worker(job, 1, "its update is not finite");
  ASSERT_TRUE(cluster().finish(job)) << told(job);
  expect_whole(job);
  ASSERT_THAT(cluster().events(job, "failure"), SizeIs(1)) << told(job);
  const auto failure = cluster().events(job, "failure").at(0);
  EXPECT_EQ(failure.at("what"), "worker");
  EXPECT_EQ(failure.at("worker"), 1);
  EXPECT_EQ(failure.at("node"), "a");
  EXPECT_EQ(failure.at("reason"), "its update is not finite");
  EXPECT_THAT(cluster().texts(job, "recovery", "action"), ElementsAre("worker_restarted"));
  EXPECT_EQ(cluster().outcome(job).at("account").at(0).at("repeated"), 0);
}

TEST_F(JobHealthTest, AWorkerMayFailAtAnyMoment) {
  sweep(two, 13, [this] { fail_worker(JobId(1), 2, "sick"); });
}

TEST_F(JobHealthTest, AMachineWhoseWorkersKeepFailingIsLeftOutAndTheOtherGoesOn) {
  tiny.spec.epochs = 60;
  const auto job = cluster().submit(tiny.spec);
  run_to_checkpoint(job, 1, 20);
  for (std::size_t death = 1; death <= 6; ++death) {
    fail_worker(job, 2, "sick");
    ASSERT_TRUE(run_to_recoveries(job, death)) << told(job);
  }
  ASSERT_TRUE(cluster().finish(job)) << told(job);
  expect_whole(job);
  EXPECT_THAT(cluster().texts(job, "warning", "message"),
              Contains(HasSubstr("node b has used up its restarts")));
  EXPECT_THAT(cluster().texts(job, "recovery", "action"), Each("worker_restarted"));
}

TEST_F(JobHealthTest, WithoutAHealthyMachineTheJobFailsWithItsFirstCause) {
  build({{"a"}, 1});
  tiny.spec.checkpoint_every = std::chrono::hours(1);
  tiny.spec.epochs = 60;
  const auto job = cluster().submit(tiny.spec);
  ASSERT_TRUE(cluster().run_until([&] { return !cluster().events(job, "epoch").empty(); }));
  for (std::size_t death = 1; !cluster().ended(job) && death < 20; ++death) {
    fail_worker(job, 1, fmt::format("sick since {}", death));
    ASSERT_TRUE(run_to_recoveries(job, death));
  }
  ASSERT_TRUE(cluster().finish(job));
  EXPECT_EQ(cluster().outcome(job).at("state"), "failed");
  EXPECT_THAT(cluster().outcome(job).at("reason"),
              HasSubstr("it began with: node a: worker 1: sick since 1"));
}

TEST_F(JobHealthTest, OneStartThatFailsAtOnceIsTheWorkersFault) {
  const auto job = cluster().submit(tiny.spec);
  run_to_checkpoint(job, 1, 20);
  fail_worker(job, 2, "the loss became nan", true);
  ASSERT_TRUE(cluster().finish(job));
  expect_whole(job);
  EXPECT_THAT(cluster().texts(job, "recovery", "action"), ElementsAre("worker_restarted"));
}

TEST_F(JobHealthTest, TheSupervisorMayDieWithAFailureOnItsWay) {
  for (int messages = 0; messages < 60 && !HasFailure(); messages += 3) {
    SCOPED_TRACE(messages);
    build(two, 4000 + static_cast<std::uint64_t>(messages));
    const auto job = cluster().submit(tiny.spec);
    run_to_checkpoint(job, 1, 20);
    fail_worker(job, 2, "sick");
    for (int i = 0; i < messages; ++i) system().step();
    cluster().kill_supervisor();
    for (int i = 0; i < 50; ++i) system().step();
    cluster().start_supervisor();
    ASSERT_TRUE(cluster().finish(job)) << told(job);
    expect_whole(job);
    EXPECT_THAT(cluster().texts(job, "failure", "reason"), Contains("sick"));
    EXPECT_THAT(cluster().texts(job, "recovery", "action"), Not(Contains("rolled_back")));
  }
}

class DivergenceTest : public JobHealthTest {
 protected:
  DivergenceTest() {
    tiny.spec.architecture = R"({"class_name": "Sequential", "config": {"name": "line", "layers": [
        {"class_name": "Dense", "config": {"name": "out", "units": 1,
                                           "batch_input_shape": [null, 4]}}]}})";
    tiny.spec.loss = "mse";
    tiny.spec.metrics = nlohmann::json::array();
    tiny.spec.epochs = 60;
    tiny.spec.optimizer = {{"name", "sgd"}, {"learning_rate", 9e5}};
    build({{"a"}, 1});
  }
};

TEST_F(DivergenceTest, GoesBackABoundedNumberOfTimesAndThenFailsWithTheReason) {
  const auto job = cluster().submit(tiny.spec);
  ASSERT_TRUE(cluster().finish(job)) << told(job);
  EXPECT_EQ(cluster().outcome(job).at("state"), "failed");
  EXPECT_THAT(cluster().outcome(job).at("reason"),
              ::testing::AllOf(HasSubstr("the weights diverged 4 times"),
                               HasSubstr("the loss became"), HasSubstr("learning rate")));
}

TEST_F(DivergenceTest, PassesACheckpointOverFromWhichNobodyCanMakeAStep) {
  const auto job = cluster().submit(tiny.spec);
  ASSERT_TRUE(cluster().finish(job));
  EXPECT_THAT(cluster().texts(job, "warning", "message"), Contains(HasSubstr("is passed over")));
}

TEST_F(JobHealthTest, ASlowWorkersBlockGoesToOneThatHasNothingElseToDo) {
  tiny.spec.epochs = 3;
  const auto job = cluster().submit(tiny.spec);
  ASSERT_TRUE(cluster().run_until([&] { return !cluster().events(job, "epoch").empty(); }));
  const auto slow = cluster().executors().at(cluster().executor_on("b")).process;
  // It gets a word in now and then, and is far behind all the same.
  for (int pause = 0; !cluster().ended(job) && pause < 200; ++pause) {
    system().freeze(slow);
    const auto until = system().now() + 1s;
    ASSERT_TRUE(
        cluster().run_until([&] { return cluster().ended(job) || system().now() > until; }));
    system().thaw(slow);
    for (int i = 0; i < 3; ++i) system().step();
  }
  ASSERT_TRUE(cluster().finish(job)) << told(job);
  expect_whole(job);
  EXPECT_THAT(cluster().events(job, "reissued"), Not(IsEmpty())) << told(job);
  EXPECT_THAT(cluster().texts(job, "failure", "reason"), IsEmpty());
}

TEST_F(JobHealthTest, FewerWorkersThanTheLeastPauseTheJobUntilThereAreEnough) {
  tiny.spec.workers_min = 2;
  tiny.spec.epochs = 60;
  const auto job = cluster().submit(tiny.spec);
  run_to_checkpoint(job, 1, 0);
  const auto drain = [&](bool on) {
    const auto done =
        system().ask<bool>(cluster().supervisor(), drain_atom_v, std::string("b"), on);
    ASSERT_TRUE(done) << done.error().message;
  };
  drain(true);
  ASSERT_TRUE(cluster().run_until([&] {
    return cluster().ended(job) || !cluster().events(job, "paused").empty();
  })) << told(job);
  EXPECT_THAT(cluster().texts(job, "paused", "reason"),
              ElementsAre(HasSubstr("room for 1 workers, at least 2 wanted")));
  const auto updates = [&] { return cluster().events(job, "epoch").size(); };
  const auto before = updates();
  const auto until = system().now() + 60s;
  ASSERT_TRUE(cluster().run_until([&] { return system().now() > until; }));
  EXPECT_LE(updates(), before + 1) << "the blocks at hand at most";
  drain(false);
  ASSERT_TRUE(cluster().finish(job)) << told(job);
  expect_whole(job);
  EXPECT_THAT(cluster().events(job, "resumed"), SizeIs(1)) << told(job);
}

}  // namespace
}  // namespace dk::test
