// SPDX-License-Identifier: GPL-3.0-or-later
// Whole jobs under every registered algorithm, undisturbed and not.
#include "actors/algorithms/registry.hpp"
#include "tests/support/job_sweep.hpp"

namespace dk::test {
namespace {

class EveryAlgorithm : public JobSweep, public ::testing::WithParamInterface<std::string> {
 protected:
  EveryAlgorithm() {
    tiny.spec.algorithm = {GetParam(), {{"window", 2}}};
    const auto algorithm = make_algorithm(tiny.spec.algorithm, 1);
    EXPECT_TRUE(algorithm) << algorithm.error().message;
    tiny.spec.workers_max = std::min(2U, (*algorithm)->max_workers());
    tiny.spec.epochs = 3;
  }
};

TEST_P(EveryAlgorithm, TrainsEveryBlockOnce) {
  const auto job = cluster().submit(tiny.spec);
  ASSERT_TRUE(cluster().finish(job));
  expect_whole(job);
  EXPECT_EQ(cluster().outcome(job).at("restarts"), 0);
  EXPECT_EQ(cluster().outcome(job).at("account").at(0).at("repeated"), 0);
}

TEST_P(EveryAlgorithm, SurvivesTheLossOfAnExecutorWithAShard) {
  sweep(two, 23, [this] { cluster().kill_executor(cluster().executor_on("a")); });
}

TEST_P(EveryAlgorithm, SurvivesTheLossOfAWorker) {
  sweep(two, 23, [this] {
    const auto lost = cluster().executor_on("b");
    if (lost) cluster().kill_executor(lost);
  });
}

TEST_P(EveryAlgorithm, SurvivesTheLossOfTheSupervisor) {
  sweep(two, 23, [this] {
    cluster().kill_supervisor();
    for (int i = 0; i < 50; ++i) system().step();
    cluster().start_supervisor();
  });
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryAlgorithm, ::testing::ValuesIn(known_algorithms()),
                         [](const auto& test) {
                           auto name = test.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

/// Three workers in rounds, over two shards.
class Rounds : public JobSweep {
 protected:
  Rounds() {
    tiny.spec.algorithm = {"easgd", {{"window", 2}}};
    tiny.spec.workers_max = 3;
    tiny.spec.parameter_servers = 2;
    tiny.spec.epochs = 3;
  }
};

TEST_F(Rounds, AWorkerMayDieAtAnyMoment) {
  sweep(three, 13, [this] {
    const auto lost = cluster().executor_on("c");
    if (lost) cluster().kill_executor(lost);
  });
}

TEST_F(Rounds, SupervisorAndExecutorMayDieTogetherAtAnyMoment) {
  sweep(three, 13, [this] {
    cluster().kill_supervisor();
    const auto lost = cluster().executor_on("c");
    if (lost) cluster().kill_executor(lost);
    for (int i = 0; i < 50; ++i) system().step();
    cluster().start_supervisor();
  });
}

TEST_F(Rounds, WithASpareWorkerAWorkerMayDieAtAnyMoment) {
  tiny.spec.algorithm = {"sync-sgd", {{"window", 2}, {"backup_workers", 1}}};
  sweep(three, 13, [this] {
    const auto lost = cluster().executor_on("b");
    if (lost) cluster().kill_executor(lost);
  });
}

TEST_F(Rounds, AreTheSameWhateverTheOrderOfMessages) {
  const auto loss_of = [this](std::uint64_t order) {
    build(three, order);
    const auto job = cluster().submit(tiny.spec);
    EXPECT_TRUE(cluster().finish(job));
    return cluster().outcome(job).at("train").at("loss").get<double>();
  };
  const auto loss = loss_of(1);
  for (const std::uint64_t order : {2, 3, 4}) EXPECT_EQ(loss_of(order), loss) << order;
}

}  // namespace
}  // namespace dk::test
