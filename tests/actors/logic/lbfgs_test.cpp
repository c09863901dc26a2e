// SPDX-License-Identifier: GPL-3.0-or-later
// The coordinator of sandblaster-lbfgs on shards without actors, against L-BFGS as textbooks have
// it.
#include "actors/logic/lbfgs.hpp"

#include "actors/algorithms/sandblaster_lbfgs.hpp"
#include "base/random.hpp"
#include "tests/support/lbfgs_reference.hpp"
#include "tests/support/seed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace dk::test {
namespace {
using ::testing::HasSubstr;
using V = SandblasterLbfgs;
/// 1/2 |m (x - target)|^2, summed over the rows m and divided by their number.
ReferenceLbfgs::Function quadratic(std::size_t size, std::uint64_t seed) {
  Random random(seed);
  std::vector<std::vector<double>> rows(2 * size, std::vector<double>(size));
  for (auto& row : rows) {
    for (auto& x : row) x = random.uniform() - 0.5;
  }
  std::vector<double> target(size);
  for (auto& x : target) x = random.uniform();
  return [=](std::span<const float> x, std::vector<double>& gradient) {
    gradient.assign(size, 0);
    double loss = 0;
    for (const auto& row : rows) {
      double error = 0;
      for (std::size_t i = 0; i < size; ++i) error += row[i] * (double{x[i]} - target[i]);
      loss += error * error / 2;
      for (std::size_t i = 0; i < size; ++i) gradient[i] += error * row[i];
    }
    const auto count = static_cast<double>(rows.size());
    for (auto& g : gradient) g /= count;
    return loss / count;
  };
}

double rosenbrock(std::span<const float> x, std::vector<double>& gradient) {
  const double a = 1 - double{x[0]};
  const double b = double{x[1]} - double{x[0]} * double{x[0]};
  gradient = {-2 * a - 400 * double{x[0]} * b, 200 * b};
  return a * a + 100 * b * b;
}

/// Shards, each with its range of every vector.
class Shards {
 public:
  Shards(std::span<const float> start, std::size_t count, std::uint32_t history)
      : size_(start.size()), count_(count) {
    vectors_.assign(V::kPairs + 2 * (history + 1), std::vector<float>(size_, 0));
    vectors_[V::kCentre].assign(start.begin(), start.end());
  }
  std::vector<double> run(const VectorProgram& program) {
    EXPECT_TRUE(check(program, vectors_.size()));
    std::vector<double> sums(program.dots.size(), 0);
    for (std::size_t shard = 0; shard < count_; ++shard) {
      const auto first = size_ * shard / count_;
      const auto end = size_ * (shard + 1) / count_;
      std::vector<std::span<float>> views;
      for (auto& vector : vectors_) views.push_back(std::span(vector).subspan(first, end - first));
      dk::run(program, views, sums);
    }
    return sums;
  }
  std::vector<float>& operator[](std::size_t vector) { return vectors_[vector]; }

 private:
  std::size_t size_;
  std::size_t count_;
  std::vector<std::vector<float>> vectors_;
};

constexpr std::uint64_t kSamples = 5;
Lbfgs::Config config_of(std::uint32_t history, std::uint32_t backtracks = 10) {
  return {history, backtracks, kSamples, 3};
}

/// Losses of up to `passes` passes, in `shards` shards; every state goes through its JSON.
struct Training {
  Training(const ReferenceLbfgs::Function& f, std::vector<float> start, std::size_t count,
           std::uint32_t history = 10)
      : kept(history), function(f), shards(start, count, history), lbfgs(config_of(history)) {}

  void pass() {
    lbfgs.begin();
    step();
    std::vector<double> gradient;
    const double loss = function(shards[V::kCentre], gradient);
    for (std::size_t i = 0; i < gradient.size(); ++i)
      shards[V::kGradient][i] += static_cast<float>(gradient[i] * double{kSamples});
    lbfgs.add(loss * double{kSamples} / 4);
    lbfgs.add(loss * double{kSamples} * 3 / 4);
    losses.push_back(loss);
    ASSERT_TRUE(lbfgs.evaluated());
    step();
  }
  void step() {
    const auto program = lbfgs.program();
    EXPECT_EQ(program.number, ++programs);
    ASSERT_TRUE(lbfgs.answered(shards.run(program)));
    Lbfgs copy(config_of(kept));
    ASSERT_TRUE(copy.restore(nlohmann::json::parse(lbfgs.to_json().dump())));
    EXPECT_EQ(copy.to_json().dump(), lbfgs.to_json().dump());
    lbfgs = copy;
  }
  void run(std::size_t passes) {
    while (losses.size() < passes && lbfgs.stopped().empty() && !::testing::Test::HasFailure())
      pass();
  }

  std::uint32_t kept;
  ReferenceLbfgs::Function function;
  Shards shards;
  Lbfgs lbfgs;
  std::uint64_t programs = 0;
  std::vector<double> losses;
};

void expect_close(const std::vector<double>& losses, const std::vector<double>& reference) {
  ASSERT_EQ(losses.size(), reference.size());
  for (std::size_t i = 0; i < losses.size(); ++i)
    EXPECT_NEAR(losses[i], reference[i], 1e-3 * reference[i] + 1e-9) << "pass " << i + 1;
}

TEST(Lbfgs, GoesTheWayOfTheTextbookWhateverTheNumberOfShards) {
  const auto seed = testing::test_seed(1);
  for (std::uint64_t i = seed; i < seed + 20; ++i) {
    SCOPED_TRACE(fmt::format("DK_SEED={}", i));
    const auto f = quadratic(12, i);
    const std::vector<float> start(12, 0);
    ReferenceLbfgs reference(f, start, 5, 10);
    const auto expected = reference.run(12);
    for (const std::size_t count : {1U, 2U, 5U}) {
      Training run(f, start, count, 5);
      run.run(12);
      expect_close(run.losses, expected);
    }
  }
}

TEST(Lbfgs, FindsTheMinimumOfAQuadraticInAFewPasses) {
  const auto seed = testing::test_seed(1);
  for (std::uint64_t i = seed; i < seed + 20; ++i) {
    Training run(quadratic(12, i), std::vector<float>(12, 0), 3);
    run.run(60);
    EXPECT_LT(run.lbfgs.loss(), 1e-7 * run.losses.front()) << "DK_SEED=" << i;
  }
}

TEST(Lbfgs, CrossesRosenbrocksValleyAsFastAsTheTextbook) {
  const std::vector<float> start{-1.2F, 1};
  const auto passes_of = [](const std::vector<double>& losses) {
    return static_cast<double>(
        std::ranges::find_if(losses, [](double loss) { return loss < 1e-8; }) - losses.begin());
  };
  ReferenceLbfgs reference(rosenbrock, start, 10, 10);
  const auto expected = reference.run(100);
  Training run(rosenbrock, start, 2);
  run.run(100);
  EXPECT_LT(run.lbfgs.loss(), 1e-8);
  EXPECT_NEAR(run.shards[V::kCentre][0], 1, 1e-3);
  EXPECT_NEAR(static_cast<double>(passes_of(run.losses)), static_cast<double>(passes_of(expected)),
              5);
}

TEST(Lbfgs, LeavesTheBestPointInTheCentreAfterEveryPass) {
  Training run(rosenbrock, {-1.2F, 1}, 1);
  double best = std::numeric_limits<double>::infinity();
  std::size_t refused = 0;
  for (int i = 0; i < 30; ++i) {
    run.pass();
    refused += run.losses.back() < best ? 0 : 1;
    best = std::min(best, run.losses.back());
    std::vector<double> gradient;
    EXPECT_DOUBLE_EQ(rosenbrock(run.shards[V::kCentre], gradient), run.lbfgs.loss());
    EXPECT_DOUBLE_EQ(run.lbfgs.loss(), best);
  }
  EXPECT_GT(refused, 0U);
}

TEST(Lbfgs, ShrinksAStepWhoseLossIsNotFinite) {
  const auto log_barrier = [](std::span<const float> x, std::vector<double>& gradient) {
    gradient = {100 - 1 / double{x[0]}};
    return 100 * double{x[0]} - std::log(double{x[0]});
  };
  Training run(log_barrier, {0.5F}, 1);
  run.run(40);
  EXPECT_TRUE(std::ranges::any_of(run.losses, [](double loss) { return !std::isfinite(loss); }));
  EXPECT_NEAR(run.shards[V::kCentre][0], 0.01, 1e-4);
}

TEST(Lbfgs, StopsWhereTheGradientIsZero) {
  Training run(rosenbrock, {1, 1}, 1);
  run.run(10);
  EXPECT_EQ(run.losses.size(), 1U);
  EXPECT_EQ(run.lbfgs.stopped(), "the gradient is zero");
}

TEST(Lbfgs, StopsWhenNoStepHelps) {
  const auto wrong = [](std::span<const float> x, std::vector<double>& gradient) {
    gradient = {-2 * double{x[0]}};
    return double{x[0]} * double{x[0]};
  };
  Training run(wrong, {1}, 1);
  run.run(100);
  EXPECT_EQ(run.losses.size(), 12U) << "the first, and a step with ten shorter ones";
  EXPECT_THAT(run.lbfgs.stopped(), HasSubstr("no step"));
  EXPECT_EQ(run.shards[V::kCentre][0], 1);
}

TEST(Lbfgs, FailsWhereNothingCanBeComputed) {
  Lbfgs lbfgs(config_of(3));
  lbfgs.begin();
  ASSERT_TRUE(lbfgs.answered({}));
  lbfgs.add(std::numeric_limits<double>::quiet_NaN());
  EXPECT_FALSE(lbfgs.evaluated());
}

TEST(Lbfgs, TellsLateBlocksFromThoseOfThePass) {
  Lbfgs lbfgs(config_of(3));
  lbfgs.begin();
  EXPECT_EQ(lbfgs.program().first_block, 0U);
  ASSERT_TRUE(lbfgs.answered({}));
  ASSERT_TRUE(lbfgs.evaluated());
  EXPECT_EQ(lbfgs.program().first_block, 3U) << "late from now on";
  ASSERT_TRUE(lbfgs.answered(std::vector<double>{1}));
  lbfgs.begin();
  EXPECT_EQ(lbfgs.program().first_block, 3U);
}

TEST(Lbfgs, RefusesAStateThatIsNone) {
  Lbfgs lbfgs(config_of(3));
  for (const char* text : {"null", "[]", "{}", R"({"phase": 9})"})
    EXPECT_FALSE(lbfgs.restore(nlohmann::json::parse(text))) << text;
  auto state = lbfgs.to_json();
  state["spare"] = 4U;
  EXPECT_FALSE(lbfgs.restore(state)) << "pairs 0 to 3";
  state["spare"] = 3U;
  EXPECT_TRUE(lbfgs.restore(state));
}

}  // namespace
}  // namespace dk::test
