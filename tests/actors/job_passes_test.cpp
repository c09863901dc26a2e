// SPDX-License-Identifier: GPL-3.0-or-later
// Whole jobs under sandblaster-lbfgs.
#include "actors/algorithms/registry.hpp"
#include "actors/trainer.hpp"
#include "tests/support/job_sweep.hpp"
#include "tests/support/lbfgs_reference.hpp"

namespace dk::test {
namespace {

class JobPasses : public JobSweep {
 protected:
  static constexpr std::uint32_t kPasses = 8;

  JobPasses() {
    tiny.spec.algorithm = {"sandblaster-lbfgs", {{"portion", 2}, {"history", 3}}};
    tiny.spec.workers_max = 3;
    tiny.spec.parameter_servers = 2;
    tiny.spec.epochs = kPasses;
  }

  /// The losses of L-BFGS with everything in memory.
  std::vector<double> expected() {
    auto data = storage::Dataset::load(tiny.spec.train);
    EXPECT_TRUE(data);
    auto trainer = *Trainer::make(tiny.spec, *data);
    const auto initial = *build_initial_model(tiny.spec, 0);
    const Ledger blocks({kSamples, TinyJob::kBlockSamples, 1});
    const auto mean_loss = [&](std::span<const float> x, std::vector<double>& gradient) {
      std::ranges::copy(x, trainer->parameters().begin());
      std::vector<float> sum(x.size(), 0);
      double loss = 0;
      for (std::uint64_t block = 0; block < blocks.blocks_total(); ++block) {
        trainer->begin(block, blocks.block(block));
        while (!trainer->block_done()) EXPECT_TRUE(trainer->add_gradients(sum));
        loss += trainer->totals().loss_sum;
      }
      gradient.assign(sum.begin(), sum.end());
      for (auto& value : gradient) value /= double{kSamples};
      return loss / double{kSamples};
    };
    const auto start = initial->parameters();
    return ReferenceLbfgs(mean_loss, {start.begin(), start.end()}, 3, 10).run(kPasses);
  }
  std::vector<double> losses(JobId job) {
    std::vector<double> found;
    for (const auto& event : cluster().events(job, "epoch"))
      found.push_back(event.at("loss").get<double>());
    return found;
  }
  void expect_losses(JobId job) {
    const auto reference = expected();
    const auto found = losses(job);
    ASSERT_EQ(found.size(), reference.size());
    for (std::size_t i = 0; i < found.size(); ++i)
      EXPECT_NEAR(found[i], reference[i], 1e-4 * reference[i]) << "pass " << i + 1;
  }
};

TEST_F(JobPasses, AreThoseOfLbfgsInMemoryWithOneWorkerAndWithThree) {
  for (const std::uint32_t workers : {1U, 3U}) {
    SCOPED_TRACE(workers);
    tiny.spec.workers_max = workers;
    build(three);
    const auto job = cluster().submit(tiny.spec);
    ASSERT_TRUE(cluster().finish(job)) << told(job);
    expect_whole(job);
    expect_losses(job);
  }
}

TEST_F(JobPasses, AreTheSameWhateverTheOrderOfMessages) {
  for (const std::uint64_t order : {1U, 2U, 3U, 4U}) {
    SCOPED_TRACE(order);
    build(three, order);
    const auto job = cluster().submit(tiny.spec);
    ASSERT_TRUE(cluster().finish(job)) << told(job);
    expect_losses(job);
  }
}

TEST_F(JobPasses, AreTheSameAfterAWorkerWasLost) {
  build(three, 5);
  const auto job = cluster().submit(tiny.spec);
  run_to_checkpoint(job, 1, 40);
  cluster().kill_executor(cluster().executor_on("c"));
  ASSERT_TRUE(cluster().finish(job)) << told(job);
  expect_whole(job);
  expect_losses(job);
}

TEST_F(JobPasses, AWorkerMayDieAtAnyMoment) {
  tiny.spec.epochs = 3;
  sweep(three, 31, [this] {
    const auto lost = cluster().executor_on("c");
    if (lost) cluster().kill_executor(lost);
  });
}

TEST_F(JobPasses, SupervisorAndExecutorMayDieTogetherAtAnyMoment) {
  tiny.spec.epochs = 3;
  sweep(three, 31, [this] {
    cluster().kill_supervisor();
    const auto lost = cluster().executor_on("b");
    if (lost) cluster().kill_executor(lost);
    for (int i = 0; i < 50; ++i) system().step();
    cluster().start_supervisor();
  });
}

TEST_F(JobPasses, AreValidatedAtTheBestPoint) {
  tiny.spec.validation = tiny.spec.train;
  const auto job = cluster().submit(tiny.spec);
  ASSERT_TRUE(cluster().finish(job)) << told(job);
  expect_whole(job);
  const auto tried = losses(job);
  const auto validated = cluster().events(job, "validation");
  ASSERT_EQ(validated.size(), tried.size());
  double best = tried.front();
  for (std::size_t i = 0; i < tried.size(); ++i) {
    best = std::min(best, tried[i]);
    EXPECT_NEAR(validated[i].at("loss").get<double>(), best, 1e-5) << "pass " << i + 1;
  }
}

}  // namespace
}  // namespace dk::test
