// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/simulated_cluster.hpp"
#include "tests/support/tiny_job.hpp"

#include <gmock/gmock.h>

namespace dk::test {

/// Whole jobs on a simulated cluster.
class JobTest : public ::testing::Test {
 protected:
  /// A fresh cluster; with a seed, its actors run in a random order.
  void build(const ClusterShape& shape, std::optional<std::uint64_t> order = {}) {
    cluster_.reset();
    system_ = std::make_unique<DeterministicSystem>(order);
    cluster_ = std::make_unique<SimulatedCluster>(*system_, shape);
  }
  SimulatedCluster& cluster() {
    if (!cluster_) build({});
    return *cluster_;
  }
  DeterministicSystem& system() { return *system_; }

  [[nodiscard]] std::uint64_t blocks() const {
    return tiny.spec.epochs * ((kSamples + TinyJob::kBlockSamples - 1) / TinyJob::kBlockSamples);
  }

  /// Until so many checkpoints are there, and `further` messages.
  void run_to_checkpoint(JobId job, std::size_t count, int further) {
    ASSERT_TRUE(cluster().run_until([&] {
      return cluster().ended(job) || cluster().events(job, "checkpoint").size() >= count;
    }));
    ASSERT_FALSE(cluster().ended(job)) << "too short a job";
    for (int i = 0; i < further; ++i) system().step();
  }

  /// Finished, each epoch's samples visited exactly once, as many updates as blocks.
  void expect_whole(JobId job) {
    const auto outcome = cluster().outcome(job);
    ASSERT_EQ(outcome.value("state", "?"), "finished") << outcome.dump(1);
    for (const auto& epoch : outcome.at("account")) {
      EXPECT_EQ(epoch.at("visited"), kSamples);
      EXPECT_EQ(epoch.at("missed"), 0);
    }
    EXPECT_EQ(outcome.at("updates").at("applied"), blocks());
  }

  static constexpr std::uint64_t kSamples = 50;
  TinyJob tiny{kSamples};

 private:
  std::unique_ptr<DeterministicSystem> system_;
  std::unique_ptr<SimulatedCluster> cluster_;
};

}  // namespace dk::test
