// SPDX-License-Identifier: GPL-3.0-or-later
// Every registered algorithm in a thousand random orders, with workers that die, join and repeat
// themselves. DK_SEED=N begins with seed N.
#include "tests/actors/algorithms/simulated_training.hpp"
#include "tests/support/seed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

namespace dk {
namespace {

using toy::Simulation;
using toy::SimulationConfig;

constexpr std::uint64_t kInterleavings = 1000;
constexpr double kConverged = 0.02;
constexpr double kRounding = 1e-4;

struct SimulationCase {
  std::string name;
  nlohmann::json parameters = nlohmann::json::object();
};

std::vector<SimulationCase> all_cases() {
  std::vector<SimulationCase> cases;
  for (const auto& name : known_algorithms()) {
    // The coordinator of full batches has tests of its own.
    if (toy::make(name)->pace().kind != Pace::Kind::kFullBatch) cases.push_back({name});
  }
  cases.push_back({"sync-sgd", {{"backup_workers", 1}}});
  cases.push_back({"ssp", {{"staleness", 0}}});
  cases.push_back({"downpour", {{"warm_start", 10}}});
  cases.push_back({"downpour", {{"fetch_factor", 3}}});
  cases.push_back({"downpour", {{"server", "adagrad"}, {"learning_rate", 0.3}}});
  cases.push_back({"downpour", {{"server", "adam"}, {"learning_rate", 0.05}}});
  return cases;
}

/// Short windows, so that a thousand runs take a second.
struct Job {
  SimulationConfig config;
  std::unique_ptr<const Algorithm> algorithm;

  Job(const SimulationCase& simulated, std::uint64_t seed) {
    Random random(seed_for(seed, 1));
    const auto most = std::min(4U, toy::make(simulated.name)->max_workers());
    const auto workers = 1 + static_cast<std::uint32_t>(random.below(most));
    auto parameters = simulated.parameters;
    parameters["window"] = 1 + random.below(3);
    if (const auto factor = parameters.find("fetch_factor"); factor != parameters.end()) {
      parameters["n_fetch"] = parameters["window"].get<int>() * factor->get<int>();
      parameters.erase("fetch_factor");
    }
    algorithm = toy::make(simulated.name, parameters, workers);
    config = {.workers = workers, .windows = 120 * workers, .seed = seed};
  }
};

class SimulatedTraining : public ::testing::TestWithParam<SimulationCase> {};

TEST_P(SimulatedTraining, ConvergesInAnyOrderAndNeverStops) {
  const auto first = testing::test_seed(1);
  for (std::uint64_t seed = first; seed < first + kInterleavings; ++seed) {
    const Job job(GetParam(), seed);
    Simulation simulation(*job.algorithm, job.config);
    const auto wrong = simulation.run();
    ASSERT_EQ(wrong, "") << "DK_SEED=" << seed;
    ASSERT_LT(simulation.remaining_loss(), kConverged) << "DK_SEED=" << seed;
  }
}

std::string test_name(const ::testing::TestParamInfo<SimulationCase>& test) {
  auto name = test.param.name;
  for (const auto& [key, value] : test.param.parameters.items()) name += "_" + key + value.dump();
  std::erase_if(name, [](char c) { return c != '-' && c != '_' && std::isalnum(c) == 0; });
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Registry, SimulatedTraining, ::testing::ValuesIn(all_cases()), test_name);

TEST(SimulatedUpdates, AreNeverLostNorDoubled) {
  const auto first = testing::test_seed(1);
  std::uint64_t repeats = 0;
  std::uint64_t losses = 0;
  for (const auto* name : {"adag", "aeasgd", "downpour", "eamsgd", "ssp", "sync-sgd"}) {
    for (std::uint64_t seed = first; seed < first + kInterleavings; ++seed) {
      Job job({name}, seed);
      job.config.windows = 12 * job.config.workers;  // the steps are still large then
      Simulation simulation(*job.algorithm, job.config);
      ASSERT_EQ(simulation.run(), "") << name << " DK_SEED=" << seed;
      repeats += simulation.repeats();
      losses += simulation.losses();
      for (std::size_t i = 0; i < simulation.centre().size(); ++i) {
        ASSERT_NEAR(double{simulation.centre()[i]} - double{simulation.start()[i]},
                    simulation.acknowledged()[i], kRounding)
            << name << " DK_SEED=" << seed;
      }
    }
  }
  EXPECT_GT(repeats, 1000U);
  EXPECT_GT(losses, 1000U);
}

TEST(SimulatedStaleness, ReachesTheBoundOfSspAndNeverPassesIt) {
  const auto first = testing::test_seed(1);
  std::uint64_t furthest = 0;
  std::uint64_t unbounded = 0;
  for (std::uint64_t seed = first; seed < first + kInterleavings; ++seed) {
    const Job ssp({"ssp", {{"staleness", 2}}}, seed);
    Simulation bounded(*ssp.algorithm, ssp.config);
    ASSERT_EQ(bounded.run(), "") << "DK_SEED=" << seed;
    furthest = std::max(furthest, bounded.furthest_ahead());
    const Job downpour({"downpour"}, seed);
    Simulation free(*downpour.algorithm, downpour.config);
    ASSERT_EQ(free.run(), "") << "DK_SEED=" << seed;
    unbounded = std::max(unbounded, free.furthest_ahead());
  }
  EXPECT_EQ(furthest, 2U);
  EXPECT_GT(unbounded, 10U);
}

TEST(SimulatedUpdates, AreTheSameAgainFromTheSameSeed) {
  const Job job({"dynsgd"}, 3);
  Simulation first(*job.algorithm, job.config);
  Simulation second(*job.algorithm, job.config);
  EXPECT_EQ(first.run(), second.run());
  EXPECT_EQ(first.centre(), second.centre());
}

}  // namespace
}  // namespace dk
