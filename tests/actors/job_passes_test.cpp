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
  /// A job that is disturbed after ever more messages ends at the same point as an undisturbed one.
  void disturb(const Disturb& disturbance) {
    tiny.spec.epochs = 4;
    tiny.spec.test = tiny.spec.train;
    const auto reference = expected();
    const auto best = *std::min_element(reference.begin(), reference.begin() + 4);
    const auto seed = dk::testing::test_seed(1);
    for (std::size_t moment = seed % 29;; moment += 29) {
      SCOPED_TRACE(fmt::format("disturbed after message {}, DK_SEED={}", moment, seed));
      build(three, seed * 1'000'000 + moment);
      const auto job = cluster().submit(tiny.spec);
      const auto start = system().steps();
      ASSERT_TRUE(cluster().run_until(
          [&] { return cluster().ended(job) || system().steps() - start >= moment; }));
      if (cluster().ended(job)) break;
      disturbance();
      ASSERT_TRUE(cluster().finish(job)) << "it hangs: " << told(job);
      expect_whole(job);
      const auto loss = cluster().outcome(job).at("test").at("loss").get<double>();
      ASSERT_NEAR(loss, best, 1e-4 * best) << told(job);
    }
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

TEST_F(JobPasses, LeadToTheSameWeightsWhateverExecutorDiesAtAnyMoment) {
  for (const auto* node : {"a", "b", "c"}) {
    disturb([this, node] {
      const auto lost = cluster().executor_on(node);
      if (lost) cluster().kill_executor(lost);
    });
  }
}

TEST_F(JobPasses, LeadToTheSameWeightsWhenSupervisorAndExecutorDieAtAnyMoment) {
  for (const auto* node : {"", "a", "b"}) {
    disturb([this, node] {
      cluster().kill_supervisor();
      const auto lost = cluster().executor_on(node);
      if (lost) cluster().kill_executor(lost);
      for (int i = 0; i < 50; ++i) system().step();
      cluster().start_supervisor();
    });
  }
}

TEST_F(JobPasses, DoNotWaitForAWorkerThatStandsStill) {
  tiny.spec.checkpoint_every = std::chrono::hours(1);
  for (int further = 10; further < 250; further += 20) {
    SCOPED_TRACE(further);
    build(three, 7);
    const auto job = cluster().submit(tiny.spec);
    ASSERT_TRUE(cluster().run_until([&] { return losses(job).size() == 2; }));
    for (int i = 0; i < further; ++i) system().step();
    const auto still = cluster().executor_on("c");
    system().freeze(cluster().executors().at(still).process);
    const auto passes = losses(job).size();
    const auto since = system().now();
    ASSERT_TRUE(cluster().run_until([&] { return losses(job).size() > passes; })) << told(job);
    EXPECT_LT(system().now() - since, 20s) << "not the lease's end, but a backup";
    EXPECT_TRUE(cluster().events(job, "failure").empty());
    cluster().kill_executor(still);
    ASSERT_TRUE(cluster().finish(job)) << told(job);
    expect_losses(job);
  }
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
