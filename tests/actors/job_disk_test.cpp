// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fullable_store.hpp"
#include "tests/support/job_fixture.hpp"

namespace dk::test {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

/// Whole jobs on machines whose disks may be full.
class JobDiskTest : public JobTest {
 protected:
  ClusterShape with_disks(const std::vector<std::string>& nodes) {
    ClusterShape shape{nodes};
    shape.make_store = [this](const std::string& name) {
      disks[name] = std::make_shared<FullableStore>();
      return disks[name];
    };
    return shape;
  }
  JobId job_on(const std::vector<std::string>& nodes) {
    build(with_disks(nodes));
    return cluster().submit(tiny.spec);
  }
  void fill(bool full) {
    for (const auto& [name, disk] : disks) {
      if (name != "state") disk->full = full;
    }
  }
  std::vector<std::string> warnings(JobId job) {
    return cluster().texts(job, "warning", "message");
  }
  std::ptrdiff_t times(JobId job, const std::string& part) {
    return std::ranges::count_if(warnings(job), [&](const std::string& line) {
      return line.find(part) != std::string::npos;
    });
  }
  bool run_until_warned(JobId job, const std::string& part) {
    return cluster().run_until([&] { return times(job, part) > 0; });
  }
  void expect_undisturbed(JobId job) {
    ASSERT_TRUE(cluster().finish(job));
    expect_whole(job);
    EXPECT_EQ(cluster().outcome(job).at("updates").at("lost"), 0);
    EXPECT_EQ(cluster().outcome(job).at("restarts"), 0);
  }

  std::map<std::string, std::shared_ptr<FullableStore>> disks;
};

TEST_F(JobDiskTest, AFullDiskIsNamedOnceWhileTheOtherNodeKeepsTheCheckpoints) {
  tiny.spec.epochs = 20;
  const auto job = job_on({"a", "b"});
  run_to_checkpoint(job, 1, 0);
  disks["b"]->full = true;
  ASSERT_TRUE(run_until_warned(job, "checkpoints are not stored on node b: "));
  run_to_checkpoint(job, cluster().events(job, "checkpoint").size() + 2, 0);
  for (const auto& chunk : cluster().state().manifests(job)->good.front().chunks)
    EXPECT_THAT(chunk.nodes, Not(Contains("b")));
  disks["b"]->full = false;
  expect_undisturbed(job);
  EXPECT_EQ(times(job, "checkpoints are not stored on node b: "), 1);
  EXPECT_EQ(times(job, "checkpoints are stored on node b again"), 1);
}

TEST_F(JobDiskTest, FullDisksEverywherePauseCheckpointsAndNotTheTraining) {
  const auto job = job_on({"a", "b"});
  run_to_checkpoint(job, 1, 0);
  fill(true);
  ASSERT_TRUE(cluster().run_until(
      [&] { return cluster().events(job, "epoch").size() == tiny.spec.epochs; }));
  for (int i = 0; i < 5000; ++i) system().step();
  EXPECT_FALSE(cluster().ended(job)) << "its result is not stored";
  EXPECT_EQ(times(job, "checkpoints are paused: "), 1);
  EXPECT_THAT(warnings(job), Contains(AllOf(HasSubstr("node a: "), HasSubstr("node b: "),
                                            HasSubstr("no space left"))));
  fill(false);
  expect_undisturbed(job);
  EXPECT_EQ(times(job, "checkpoints are made again"), 1);
}

TEST_F(JobDiskTest, WhatIsWrittenOfACheckpointThatNobodyCouldStoreIsDropped) {
  const auto job = job_on({"a", "b"});
  run_to_checkpoint(job, 1, 0);
  fill(true);
  ASSERT_TRUE(run_until_warned(job, "checkpoints are paused: "));
  fill(false);
  expect_undisturbed(job);
  const auto known = cluster().state().manifests(job)->good;
  for (const auto* node : {"a", "b"}) {
    const auto chunks = storage::make_chunk_store(disks[node]);
    const auto stored = *chunks->checkpoints(job);
    for (const auto checkpoint : stored) {
      EXPECT_THAT(known, Contains(::testing::Field(&storage::Manifest::checkpoint, checkpoint)));
    }
  }
}

TEST_F(JobDiskTest, ACheckpointWhoseManifestIsOnItsWayToTheDiskIsOneToGoBackTo) {
  tiny.spec.epochs = 40;
  const auto job = job_on({"a"});
  run_to_checkpoint(job, 1, 0);
  disks["state"]->full = true;
  const auto chunks = storage::make_chunk_store(disks["a"]);
  const auto newest = chunks->checkpoints(job)->back();
  ASSERT_TRUE(cluster().run_until([&] { return chunks->checkpoints(job)->back() > newest; }));
  for (int i = 0; i < 100; ++i) system().step();
  cluster().kill_executor(cluster().executor_on("a"));
  for (int i = 0; i < 100; ++i) system().step();
  disks["state"]->full = false;
  ASSERT_TRUE(cluster().run_until(
      [&] { return cluster().state().manifests(job)->good.front().checkpoint > newest; }));
  cluster().kill_supervisor();
  cluster().start_supervisor();
  ASSERT_TRUE(cluster().finish(job));
  expect_whole(job);
  const auto outcome = cluster().outcome(job);
  EXPECT_LT(outcome.at("updates").at("lost").get<std::uint64_t>(), blocks());
  for (const auto& back : cluster().events(job, "recovery"))
    EXPECT_LT(back.at("updates_lost").get<std::uint64_t>(), blocks()) << back;
}

TEST_F(JobDiskTest, AFullStateStoreEndsNoJobAndLosesNothing) {
  const auto job = job_on({"a", "b"});
  run_to_checkpoint(job, 1, 0);
  const auto known = cluster().events(job).size();
  disks["state"]->full = true;
  for (int i = 0; i < 20'000; ++i) system().step();
  EXPECT_EQ(cluster().events(job).size(), known);
  disks["state"]->full = false;
  expect_undisturbed(job);
  EXPECT_THAT(warnings(job), Contains(AllOf(HasSubstr("could not write the job's state"),
                                            HasSubstr("no space left"))));
}

TEST_F(JobDiskTest, AJobThatEndsOnAFullStateStoreSaysNothingAfterItsLastEvent) {
  const auto job = job_on({"a", "b"});
  run_to_checkpoint(job, 1, 0);
  disks["state"]->full = true;
  for (int i = 0; i < 500; ++i) system().step();
  caf::anon_send(cluster().supervisor(), stop_atom_v, job);
  for (int i = 0; i < 500; ++i) system().step();
  EXPECT_FALSE(cluster().ended(job));
  disks["state"]->full = false;
  ASSERT_TRUE(cluster().finish(job));
  for (int i = 0; i < 500; ++i) system().step();
  EXPECT_EQ(cluster().events(job).back().at("event"), "cancelled");
}

TEST_F(JobDiskTest, AFullStateStoreDoesNotLoseWhatABackupHas) {
  tiny.spec.replicas = 2;
  const auto job = job_on({"a", "b"});
  ASSERT_TRUE(cluster().run_until([&] { return !cluster().events(job, "replicated").empty(); }));
  disks["state"]->full = true;
  cluster().kill_executor(cluster().executor_on("a"));
  for (int i = 0; i < 5000; ++i) system().step();
  disks["state"]->full = false;
  ASSERT_TRUE(cluster().finish(job));
  expect_whole(job);
  const auto actions = cluster().texts(job, "recovery", "action");
  EXPECT_THAT(actions, Contains("promoted"));
  EXPECT_THAT(actions, Not(Contains("rolled_back")));
}

TEST_F(JobDiskTest, ChunksAreOnTheShardsNodeItsBackupsAndTheSupervisors) {
  tiny.spec.replicas = 2;
  tiny.spec.parameter_servers = 3;
  tiny.spec.workers_max = 4;
  const auto job = job_on({"a", "b", "c", "d"});
  ASSERT_TRUE(cluster().run_until([&] { return !cluster().events(job, "replicated").empty(); }));
  run_to_checkpoint(job, cluster().events(job, "checkpoint").size() + 2, 0);
  const auto record = cluster().record(job);
  std::map<std::uint64_t, std::string> machines;
  for (const auto& executor : record.at("executors")) machines[executor.at(0)] = executor.at(1);
  const auto manifest = cluster().state().manifests(job)->good.front();
  for (const auto& shard : record.at("shards")) {
    const auto chunk = std::ranges::find(manifest.chunks, shard.at(3).get<std::uint64_t>(),
                                         &storage::ChunkEntry::offset);
    ASSERT_NE(chunk, manifest.chunks.end());
    EXPECT_THAT(chunk->nodes, Contains("a"));
    EXPECT_THAT(chunk->nodes, Contains(machines.at(shard.at(2))));
    EXPECT_THAT(chunk->nodes, Contains(machines.at(shard.at(8))));
  }
}

TEST_F(JobDiskTest, AnOrderToLeaveAMachineThatCouldNotBeStoredIsForgotten) {
  job_on({"a", "b"});
  const auto drain = [&](const std::string& node) {
    return system().ask<bool>(cluster().supervisor(), drain_atom_v, node, true);
  };
  disks["state"]->full = true;
  EXPECT_FALSE(drain("a"));
  disks["state"]->full = false;
  ASSERT_TRUE(drain("b"));
  EXPECT_EQ(drained_nodes(cluster().state()).value(), std::set<std::string>{"b"});
}

}  // namespace
}  // namespace dk::test
