// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/job_fixture.hpp"

namespace dk::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// One worker, whose optimizer remembers; what it ends with does not depend on when things happen.
class JobMemoryTest : public JobTest {
 protected:
  JobMemoryTest() {
    tiny.spec.workers_max = 1;
    tiny.spec.optimizer = {{"name", "adam"}, {"learning_rate", 0.05}};
    tiny.spec.checkpoint_worker_state = true;
  }

  storage::Manifest newest(JobId job) { return cluster().state().manifests(job)->good.front(); }
  /// Of the weights in the last checkpoint, all bits.
  std::uint64_t weights(JobId job) {
    EXPECT_EQ(cluster().outcome(job).value("state", "?"), "finished");
    return newest(job).chunks.front().checksum;
  }
  std::uint64_t undisturbed() {
    build({{"a"}});
    const auto job = cluster().submit(tiny.spec);
    EXPECT_TRUE(cluster().finish(job));
    return weights(job);
  }
  /// All processes of the job die so many messages after its second checkpoint.
  JobId disturbed(int later) {
    build({{"a"}});
    const auto job = cluster().submit(tiny.spec);
    run_to_checkpoint(job, 2, later);
    cluster().kill_executor(cluster().executor_on("a"));
    EXPECT_TRUE(cluster().finish(job));
    EXPECT_THAT(cluster().texts(job, "recovery", "action"), Contains("rolled_back"));
    return job;
  }
};

TEST_F(JobMemoryTest, AJobThatGoesBackEndsAsIfNothingHadHappened) {
  const auto expected = undisturbed();
  for (const int later : {0, 7, 20, 45}) EXPECT_EQ(weights(disturbed(later)), expected) << later;
}

TEST_F(JobMemoryTest, SoDoesOneWhoseWorkersHaveWeightsOfTheirOwn) {
  for (const auto& algorithm :
       {AlgorithmConfig{"aeasgd", {{"window", 2}}}, AlgorithmConfig{"eamsgd", {{"window", 2}}},
        AlgorithmConfig{"easgd", {{"window", 2}}}, AlgorithmConfig{"diloco", {{"window", 2}}},
        AlgorithmConfig{"downpour", {{"n_push", 1}, {"n_fetch", 1}}}}) {
    tiny.spec.algorithm = algorithm;
    const auto expected = undisturbed();
    EXPECT_EQ(weights(disturbed(10)), expected) << algorithm.name;
  }
}

TEST_F(JobMemoryTest, WithoutTheMemoryItEndsElsewhere) {
  tiny.spec.checkpoint_worker_state = false;
  const auto expected = undisturbed();
  EXPECT_NE(weights(disturbed(10)), expected);
  EXPECT_EQ(newest(JobId(1)).parameter_count, newest(JobId(1)).chunks.front().count);
}

TEST_F(JobMemoryTest, ASupervisorThatComesBackKnowsWhereItIs) {
  const auto expected = undisturbed();
  build({{"a"}});
  const auto job = cluster().submit(tiny.spec);
  run_to_checkpoint(job, 2, 10);
  cluster().kill_supervisor();
  cluster().kill_executor(cluster().executor_on("a"));
  cluster().start_supervisor();
  ASSERT_TRUE(cluster().finish(job));
  EXPECT_EQ(weights(job), expected);
}

TEST_F(JobMemoryTest, ASupervisorThatDiesWhileAllGoBackKnowsWhereItIs) {
  const auto expected = undisturbed();
  for (int later = 0; later < 60; ++later) {
    build({{"a"}});
    const auto job = cluster().submit(tiny.spec);
    run_to_checkpoint(job, 2, 10);
    cluster().kill_executor(cluster().executor_on("a"));
    for (int i = 0; i < later; ++i) system().step();
    cluster().kill_supervisor();
    cluster().start_supervisor();
    ASSERT_TRUE(cluster().finish(job));
    EXPECT_EQ(weights(job), expected) << later;
  }
}

TEST_F(JobMemoryTest, OneThatIsDamagedIsLeftOutAndTheJobEnds) {
  build({{"a"}});
  const auto job = cluster().submit(tiny.spec);
  run_to_checkpoint(job, 2, 10);
  auto& store = *cluster().node("a").chunk_bytes;
  const auto chunk = newest(job).chunks.back();
  std::string key;
  for (const auto number : {job.value, newest(job).checkpoint.value, chunk.offset})
    storage::append_ordered(key, number);
  storage::KeyValueBatch batch;
  ASSERT_TRUE(store.scan(key, storage::after_prefix(key), [&](auto found, auto value) {
    Bytes bytes(value.begin(), value.end());
    bytes[bytes.size() / 2] ^= std::byte{4};
    batch.push_back({storage::KeyValueWrite::Kind::kPut, std::string(found), {}, bytes});
    return true;
  }));
  ASSERT_EQ(batch.size(), 1U);
  ASSERT_TRUE(store.write(batch));
  cluster().kill_executor(cluster().executor_on("a"));
  ASSERT_TRUE(cluster().finish(job));
  expect_whole(job);
  EXPECT_THAT(cluster().texts(job, "warning", "message"),
              ElementsAre(HasSubstr("worker 1 begins with a fresh optimizer: ")));
}

TEST_F(JobMemoryTest, ThatOfWorkersWhoDoNotComeBackIsLeftAside) {
  build({{"a", "b"}});
  tiny.spec.workers_max = 2;
  tiny.spec.epochs = 20;
  const auto job = cluster().submit(tiny.spec);
  run_to_checkpoint(job, 2, 10);
  EXPECT_EQ(cluster().record(job).at("workers").size(), 2U);
  system().end(caf::actor_cast<caf::strong_actor_ptr>(cluster().node("b").agent));
  for (const auto* node : {"a", "b"}) cluster().kill_executor(cluster().executor_on(node));
  ASSERT_TRUE(cluster().finish(job));
  expect_whole(job);
  EXPECT_EQ(cluster().events(job, "recovery").front().at("workers"), 1);
}

TEST_F(JobMemoryTest, MoreWorkersThanBeforeBeginWithoutOne) {
  build({{"a", "b"}});
  tiny.spec.workers_max = 2;
  tiny.spec.epochs = 20;
  ASSERT_TRUE(system().ask<bool>(cluster().supervisor(), drain_atom_v, std::string("b"), true));
  const auto job = cluster().submit(tiny.spec);
  run_to_checkpoint(job, 2, 10);
  EXPECT_EQ(cluster().record(job).at("workers").size(), 1U);
  ASSERT_TRUE(system().ask<bool>(cluster().supervisor(), drain_atom_v, std::string("b"), false));
  cluster().kill_executor(cluster().executor_on("a"));
  ASSERT_TRUE(cluster().finish(job));
  expect_whole(job);
  EXPECT_EQ(cluster().events(job, "recovery").front().at("workers"), 2);
}

TEST_F(JobMemoryTest, ItIsBehindTheWeightsInACheckpoint) {
  build({{"a"}});
  const auto job = cluster().submit(tiny.spec);
  ASSERT_TRUE(cluster().finish(job));
  const auto manifest = newest(job);
  const auto weights = manifest.chunks.front().count;
  ASSERT_EQ(manifest.chunks.size(), 2U);
  EXPECT_EQ(manifest.chunks.back().offset, weights);
  // Adam's two slots, its own numbers, the rate and the steps.
  EXPECT_GE(manifest.chunks.back().count, 2 * weights + 3);
}

}  // namespace
}  // namespace dk::test
