// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/job_fixture.hpp"

namespace dk::test {
namespace {

using ::testing::Contains;
using ::testing::Not;

/// A job with three workers, whose processes reach each other by a simulated network: what is sent
/// to the dead gets no answer.
class JobLossesTest : public ::testing::Test {
 protected:
  JobLossesTest() {
    tiny_.spec.epochs = 60;
    tiny_.spec.workers_max = 3;
    tiny_.spec.replicas = 2;
    start();
  }
  ~JobLossesTest() override { system_->end_all(); }

  /// A new cluster with a new job, until that has its backups.
  void start() {
    if (system_) system_->end_all();
    cluster_.reset();
    network_.reset();
    system_.emplace(1);
    network_.emplace(*system_, 1);
    ClusterShape shape;
    shape.nodes = {"a", "b", "c", "d"};
    shape.network = &*network_;
    cluster_.emplace(*system_, shape);
    EXPECT_TRUE(cluster_->run_until([&] {
      const auto text = system_->ask<std::string>(cluster_->supervisor(), get_atom_v);
      return text && nlohmann::json::parse(*text).size() == shape.nodes.size();
    }));
    job_ = cluster_->submit(tiny_.spec);
    EXPECT_TRUE(cluster_->run_until(
        [&] { return cluster_->ended(job_) || !cluster_->events(job_, "replicated").empty(); }));
    EXPECT_FALSE(cluster_->ended(job_)) << "too short a job";
    const auto shard = cluster_->record(job_).at("shards").at(0);
    primary_ = Incarnation(shard.at(2).get<std::uint64_t>());
    backup_ = Incarnation(shard.at(8).get<std::uint64_t>());
  }

  Incarnation with_workers_only() {
    for (const auto& [incarnation, executor] : cluster_->executors()) {
      if (incarnation != primary_ && incarnation != backup_) return incarnation;
    }
    return {};
  }
  bool run_until_failures(std::size_t count) {
    return cluster_->run_until([&] { return cluster_->events(job_, "failure").size() >= count; });
  }

  std::optional<DeterministicSystem> system_;
  std::optional<SimulatedNetwork> network_;
  std::optional<SimulatedCluster> cluster_;
  TinyJob tiny_{50};
  JobId job_;
  Incarnation primary_;
  Incarnation backup_;
};

TEST_F(JobLossesTest, AShardThatDiesWhileItIsAskedForALostWorkersCommitsIsReplacedByItsBackup) {
  cluster_->kill_executor(with_workers_only());
  ASSERT_TRUE(run_until_failures(1));
  cluster_->kill_executor(primary_);
  ASSERT_TRUE(cluster_->finish(job_));
  EXPECT_THAT(cluster_->texts(job_, "recovery", "action"), Not(Contains("rolled_back")));
  for (const auto& recovery : cluster_->events(job_, "recovery"))
    EXPECT_LT(recovery.at("seconds"), 5) << recovery << ": an answer of the dead was waited for";
  EXPECT_EQ(cluster_->outcome(job_).at("updates").at("lost"), 0);
}

TEST_F(JobLossesTest, AShardsExecutorThatStandsStillThenIsLostAndReplacedByItsBackup) {
  cluster_->kill_executor(with_workers_only());
  ASSERT_TRUE(run_until_failures(1));
  system_->freeze(cluster_->executors().at(primary_).process);
  ASSERT_TRUE(run_until_failures(2));
  ASSERT_TRUE(cluster_->finish(job_));
  EXPECT_THAT(cluster_->texts(job_, "recovery", "action"), Not(Contains("rolled_back")));
  EXPECT_EQ(cluster_->outcome(job_).at("updates").at("lost"), 0);
}

TEST_F(JobLossesTest, NobodyWaitsForWhatALinkTookAlongThatOnlyTheOtherSideHasLost) {
  tiny_.spec.parameter_servers = 2;
  const auto run = [this](std::optional<int> relinked_at) {
    start();
    const auto other = Incarnation(cluster_->record(job_).at("shards").at(1).at(2));
    EXPECT_NE(other, primary_) << "each of them has a shard that the other's worker needs";
    const auto before = system_->now();
    for (int i = 0; i < relinked_at.value_or(0); ++i) system_->step();
    if (relinked_at) {
      network_->relink(cluster_->executors().at(primary_).process,
                       cluster_->executors().at(other).process);
    }
    EXPECT_TRUE(cluster_->finish(job_));
    EXPECT_THAT(cluster_->texts(job_, "failure", "reason"), ::testing::IsEmpty());
    return system_->now() - before;
  };
  const auto undisturbed = run({});
  for (int later = 0; later < 120; later += 6)
    EXPECT_LT(run(later), undisturbed + 3s) << later << " messages later";
}

}  // namespace
}  // namespace dk::test
