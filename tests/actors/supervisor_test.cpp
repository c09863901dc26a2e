// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/memory_watch.hpp"
#include "tests/support/job_fixture.hpp"

#include <caf/all.hpp>

namespace dk::test {
namespace {

using ::testing::HasSubstr;

class SupervisorTest : public JobTest {
 protected:
  SupervisorTest() { build({}); }

  template <class T, class... Args>
  Result<T> ask(Args&&... args) {
    return system().ask<T>(cluster().supervisor(), std::forward<Args>(args)...);
  }
  NodeInfo stranger(const std::string& name) {
    NodeInfo info;
    info.name = name;
    info.agent = {"10.0.0.9", 7300,
                  caf::actor_cast<caf::strong_actor_ptr>(cluster().node("b").agent)};
    return info;
  }
  Result<bool> resume(JobId job) {
    auto stored = stored_job(cluster().state(), job);
    EXPECT_TRUE(stored);
    return ask<bool>(resume_atom_v, std::make_shared<const StoredJob>(std::move(*stored)));
  }
  Result<Joined> join(const NodeInfo& info) { return ask<Joined>(join_atom_v, info); }
};

TEST_F(SupervisorTest, RefusesANodeOfAnotherClusterForGood) {
  auto info = stranger("c");
  info.cluster = "elsewhere";
  const auto joined = join(info);
  ASSERT_FALSE(joined);
  EXPECT_EQ(joined.error().code, Errc::kInvalid);
  EXPECT_THAT(joined.error().message, HasSubstr("belong to cluster elsewhere"));
}

TEST_F(SupervisorTest, RefusesAnotherProtocolForGood) {
  auto info = stranger("c");
  info.protocol = protocol_version() + 2;
  EXPECT_EQ(join(info).error().code, Errc::kInvalid);
}

TEST_F(SupervisorTest, RefusesAJobWhoseModelFitsOnNoMachineAndSaysByHowMuch) {
  build({.memory_bytes = 200});
  const auto facts = check_resources(tiny.spec);
  ASSERT_TRUE(facts);
  // Weights and gradients alone.
  EXPECT_GE(facts->worker_bytes, 2 * sizeof(float) * facts->parameters);
  const auto refused =
      ask<JobId>(put_atom_v, std::make_shared<const SubmittedJob>(SubmittedJob{tiny.spec, *facts}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kInvalid);
  EXPECT_THAT(refused.error().message,
              HasSubstr("the model does not fit: a worker needs at least"));
  EXPECT_THAT(refused.error().message, HasSubstr("no node has more than the 200 B of a"));
  EXPECT_THAT(refused.error().message,
              HasSubstr(bytes_text(facts->worker_bytes - 200) + " too little"));
}

TEST_F(SupervisorTest, TellsWhatItKnowsOfEachMachine) {
  build({.memory_bytes = 1U << 30U, .labels = {{"b", {{"zone", "cellar"}}}}});
  auto known = [&] { return nlohmann::json::parse(*ask<std::string>(get_atom_v)).at(1); };
  EXPECT_EQ(known().at("memory_bytes"), 1U << 30U);
  EXPECT_EQ(known().at("labels"), (nlohmann::json{{"zone", "cellar"}}));
  EXPECT_EQ(known().at("protocol"), protocol_version());
  EXPECT_FALSE(known().contains("certificate_ends"));
}

TEST_F(SupervisorTest, HearsOfANewCertificateFromTheNodeItself) {
  auto info = stranger("c");
  info.certificate_ends = 1'800'000'000;
  ASSERT_TRUE(join(info));
  const auto ends = [&] {
    return nlohmann::json::parse(*ask<std::string>(get_atom_v)).at(2).at("certificate_ends");
  };
  EXPECT_EQ(ends(), "2027-01-15T08:00:00.000Z");
  info.certificate_ends += 86'400;
  caf::anon_send(cluster().supervisor(), put_atom_v, info);
  system().drain();
  EXPECT_EQ(ends(), "2027-01-16T08:00:00.000Z");
}

TEST_F(SupervisorTest, ForgetsAJobThatHasEndedAndNoOther) {
  const auto forget = [&](JobId job) {
    auto stored = stored_job(cluster().state(), job);
    EXPECT_TRUE(stored);
    return ask<bool>(drop_atom_v, std::make_shared<const StoredJob>(std::move(*stored)));
  };
  const auto job = cluster().submit(tiny.spec);
  const auto other = cluster().submit(tiny.spec);
  EXPECT_EQ(forget(job).error().code, Errc::kInvalid);
  ASSERT_TRUE(cluster().finish(job));
  ASSERT_TRUE(cluster().finish(other));
  system().drain();
  EXPECT_TRUE(forget(job));
  auto& state = cluster().state();
  EXPECT_EQ(stored_job(state, job).error().code, Errc::kNotFound);
  EXPECT_TRUE(state.events(job, 0, 1000)->empty());
  EXPECT_FALSE(*state.ledger(job));
  EXPECT_TRUE(state.manifests(job)->good.empty());
  EXPECT_TRUE(stored_job(state, other));
  EXPECT_FALSE(state.events(other, 0, 1000)->empty());
  cluster().kill_supervisor();
  cluster().start_supervisor();
}

TEST_F(SupervisorTest, RefusesASecondNodeOfTheSameNameAsLongAsTheFirstLives) {
  const auto joined = join(stranger("a"));
  ASSERT_FALSE(joined);
  EXPECT_EQ(joined.error().code, Errc::kUnavailable);
  EXPECT_THAT(joined.error().message, HasSubstr("a node named a is in the cluster already"));
}

TEST_F(SupervisorTest, GivesEveryJoinANewIncarnation) {
  const auto first = join(stranger("c"));
  const auto again = join(stranger("c"));
  ASSERT_TRUE(first && again);
  EXPECT_EQ(first->cluster, "cluster");
  EXPECT_GT(again->incarnation, first->incarnation);
}

TEST_F(SupervisorTest, KnowsWhoIsLost) {
  system().end(caf::actor_cast<caf::strong_actor_ptr>(cluster().node("b").agent));
  system().drain();
  const auto nodes = nlohmann::json::parse(*ask<std::string>(get_atom_v));
  EXPECT_EQ(nodes.at(0).at("state"), "alive");
  EXPECT_EQ(nodes.at(0).at("supervisor"), true);
  EXPECT_EQ(nodes.at(1).at("state"), "lost");
}

TEST_F(SupervisorTest, RunsJobsOneAfterTheOther) {
  const auto first = cluster().submit(tiny.spec);
  const auto second = cluster().submit(tiny.spec);
  EXPECT_EQ(cluster().record(second).at("state"), "queued");
  ASSERT_TRUE(cluster().finish(first));
  EXPECT_FALSE(cluster().ended(second));
  ASSERT_TRUE(cluster().finish(second));
  expect_whole(first);
  expect_whole(second);
}

TEST_F(SupervisorTest, EndsAJobThatAnotherVersionHasLeft) {
  const auto job = cluster().submit(tiny.spec);
  run_to_checkpoint(job, 1, 0);
  cluster().kill_supervisor();
  auto record = cluster().record(job);
  record["format"] = kJobRecordFormat + 1;
  record.erase("spec");
  const auto text = record.dump();
  storage::StateBatch batch;
  batch.put_job(job, std::as_bytes(std::span(text)));
  ASSERT_TRUE(cluster().state().commit(batch));
  cluster().start_supervisor();
  const auto next = cluster().submit(tiny.spec);
  ASSERT_TRUE(cluster().finish(next));
  EXPECT_EQ(cluster().record(job).at("state"), "failed");
  EXPECT_THAT(cluster().texts(job, "failed", "reason").at(0), HasSubstr("another version"));
}

TEST_F(SupervisorTest, KeepsItsQueueOverARestart) {
  const auto first = cluster().submit(tiny.spec);
  const auto second = cluster().submit(tiny.spec);
  cluster().kill_supervisor();
  cluster().start_supervisor();
  ASSERT_TRUE(cluster().finish(second));
  expect_whole(first);
  expect_whole(second);
}

TEST_F(SupervisorTest, CancelsAJobThatWaitsAndTheOneBeforeGoesOn) {
  const auto first = cluster().submit(tiny.spec);
  const auto second = cluster().submit(tiny.spec);
  EXPECT_TRUE(ask<bool>(stop_atom_v, second));
  EXPECT_TRUE(cluster().ended(second));
  EXPECT_EQ(cluster().record(second).at("state"), "cancelled");
  ASSERT_TRUE(cluster().finish(first));
  expect_whole(first);
}

TEST_F(SupervisorTest, CancelsTheJobThatRunsAndItsExecutorsEnd) {
  const auto job = cluster().submit(tiny.spec);
  run_to_checkpoint(job, 1, 20);
  EXPECT_TRUE(ask<bool>(stop_atom_v, job));
  EXPECT_EQ(cluster().outcome(job).at("state"), "cancelled");
  EXPECT_TRUE(cluster().run_until([&] { return cluster().executors().empty(); }));
}

TEST_F(SupervisorTest, ResumesACancelledJobFromItsNewestCheckpoint) {
  const auto job = cluster().submit(tiny.spec);
  run_to_checkpoint(job, 1, 20);
  EXPECT_FALSE(resume(job)) << "it runs";
  ASSERT_TRUE(ask<bool>(stop_atom_v, job));
  ASSERT_TRUE(cluster().ended(job));
  system().drain();
  EXPECT_TRUE(resume(job));
  EXPECT_FALSE(cluster().ended(job));
  EXPECT_EQ(resume(job).error().message, "job 1 has not ended");
  ASSERT_TRUE(cluster().finish(job));
  expect_whole(job);
  EXPECT_THAT(cluster().texts(job, "recovery", "action"), ::testing::ElementsAre("rolled_back"));
  EXPECT_EQ(cluster().texts(job, "queued", "was"), std::vector<std::string>{"cancelled"});
  EXPECT_THAT(cluster().events(job, "paused"), ::testing::IsEmpty());
  EXPECT_EQ(resume(job).error().code, Errc::kInvalid);
}

TEST_F(SupervisorTest, ResumesOverItsOwnRestart) {
  const auto job = cluster().submit(tiny.spec);
  run_to_checkpoint(job, 1, 20);
  ASSERT_TRUE(ask<bool>(stop_atom_v, job));
  system().drain();
  ASSERT_TRUE(resume(job));
  cluster().kill_supervisor();
  cluster().start_supervisor();
  ASSERT_TRUE(cluster().finish(job));
  expect_whole(job);
}

TEST_F(SupervisorTest, ResumesAJobThatWasCancelledBeforeItBegan) {
  const auto first = cluster().submit(tiny.spec);
  const auto second = cluster().submit(tiny.spec);
  ASSERT_TRUE(ask<bool>(stop_atom_v, second));
  ASSERT_TRUE(resume(second));
  ASSERT_TRUE(cluster().finish(first) && cluster().finish(second));
  expect_whole(second);
}

TEST_F(SupervisorTest, TellsTheStatusOfTheRunningJobOnly) {
  const auto job = cluster().submit(tiny.spec);
  run_to_checkpoint(job, 1, 0);
  const auto status = nlohmann::json::parse(*ask<std::string>(get_atom_v, job));
  EXPECT_EQ(status.at("state"), "running");
  EXPECT_EQ(status.at("executors").size(), 2U);
  ASSERT_TRUE(cluster().finish(job));
  system().drain();
  EXPECT_EQ(ask<std::string>(get_atom_v, job).error().code, Errc::kNotFound);
  EXPECT_EQ(ask<bool>(stop_atom_v, job).error().code, Errc::kNotFound);
}

}  // namespace
}  // namespace dk::test
