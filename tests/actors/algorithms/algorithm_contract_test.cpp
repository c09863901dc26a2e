// SPDX-License-Identifier: GPL-3.0-or-later
// What every registered algorithm must do. A new one is tested here without another line.
#include "actors/algorithms/registry.hpp"
#include "base/random.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dk {
namespace {

using ::testing::Pointwise;

constexpr float kRounding = 1e-6F;
constexpr std::size_t kLengths[] = {0, 1, 15, 16, 17, 1000};

MATCHER(Near, "") {
  return std::abs(std::get<0>(arg) - std::get<1>(arg)) <= kRounding;
}

/// Random weights with a guard on each side, so that a loop that runs over is seen.
class Floats {
 public:
  Floats(std::size_t size, Random& random) : values_(size + 2 * kGuard, kUntouched) {
    for (float& x : span()) x = random.uniform() - 0.5F;
  }
  std::span<float> span() {
    return std::span(values_).subspan(kGuard, values_.size() - 2 * kGuard);
  }
  bool intact() const {
    return std::all_of(values_.begin(), values_.begin() + kGuard, untouched) &&
           std::all_of(values_.end() - kGuard, values_.end(), untouched);
  }

 private:
  static constexpr std::ptrdiff_t kGuard = 16;
  static constexpr float kUntouched = 12345;
  static bool untouched(float x) { return x == kUntouched; }
  std::vector<float> values_;
};

struct Exchange {
  Floats theta, theta0, contribution, centre, reply;
  Exchange(std::size_t size, Random& random)
      : theta(size, random),
        theta0(size, random),
        contribution(size, random),
        centre(size, random),
        reply(size, random) {}
  std::span<float> reply_of(const Algorithm& algorithm) {
    return algorithm.replies() ? reply.span() : std::span<float>();
  }
  bool intact() const {
    return theta.intact() && theta0.intact() && contribution.intact() && centre.intact() &&
           reply.intact();
  }
};

class AlgorithmContract : public ::testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<const Algorithm> algorithm_ = *make_algorithm({GetParam()});
  Random random_{42};
};

TEST_P(AlgorithmContract, KeepsWithinItsPartsOfAnyLength) {
  for (const std::size_t size : kLengths) {
    SCOPED_TRACE(size);
    Exchange e(size, random_);
    algorithm_->contribute(e.theta.span(), e.theta0.span(), 3, e.contribution.span());
    algorithm_->take(e.centre.span(), e.contribution.span(), {}, e.reply_of(*algorithm_));
    if (algorithm_->replies()) {
      algorithm_->accept(e.reply.span(), e.theta.span(), e.theta0.span());
    }
    if (algorithm_->reversible()) algorithm_->revert(e.centre.span(), e.contribution.span());
    EXPECT_TRUE(e.intact());
  }
}

TEST_P(AlgorithmContract, RevertRestoresTheCentreEvenAfterAnotherCommit) {
  if (!algorithm_->reversible()) GTEST_SKIP() << GetParam() << " is not reversible";
  for (const std::size_t size : kLengths) {
    SCOPED_TRACE(size);
    Exchange lost(size, random_);
    Exchange stays(size, random_);
    auto centre = lost.centre.span();
    std::vector<float> expected(centre.begin(), centre.end());
    algorithm_->take(expected, stays.contribution.span(), {}, stays.reply_of(*algorithm_));

    algorithm_->take(centre, lost.contribution.span(), {}, lost.reply_of(*algorithm_));
    algorithm_->take(centre, stays.contribution.span(), {}, stays.reply_of(*algorithm_));
    algorithm_->revert(centre, lost.contribution.span());
    EXPECT_THAT(centre, Pointwise(Near(), expected));
  }
}

TEST_P(AlgorithmContract, CutsOfAVectorGiveWhatTheWholeVectorGives) {
  Exchange whole(1000, random_);
  Exchange cut = whole;
  const auto run = [&](Exchange& e, std::size_t offset, std::size_t count) {
    const auto part = [&](Floats& floats) { return floats.span().subspan(offset, count); };
    algorithm_->contribute(part(e.theta), part(e.theta0), 3, part(e.contribution));
    algorithm_->take(part(e.centre), part(e.contribution), {2},
                     algorithm_->replies() ? part(e.reply) : std::span<float>());
    if (algorithm_->replies()) algorithm_->accept(part(e.reply), part(e.theta), part(e.theta0));
  };
  run(whole, 0, 1000);
  for (const auto& [offset, count] : {std::pair{0, 17}, {17, 400}, {417, 583}}) {
    run(cut, static_cast<std::size_t>(offset), static_cast<std::size_t>(count));
  }
  EXPECT_THAT(cut.centre.span(), Pointwise(Near(), whole.centre.span()));
  EXPECT_THAT(cut.theta.span(), Pointwise(Near(), whole.theta.span()));
  EXPECT_THAT(cut.theta0.span(), Pointwise(Near(), whole.theta0.span()));
}

TEST_P(AlgorithmContract, AWorkerThatDidNotMoveChangesNothing) {
  Exchange e(100, random_);
  std::copy(e.centre.span().begin(), e.centre.span().end(), e.theta.span().begin());
  std::copy(e.centre.span().begin(), e.centre.span().end(), e.theta0.span().begin());
  const std::vector<float> before(e.centre.span().begin(), e.centre.span().end());
  algorithm_->contribute(e.theta.span(), e.theta0.span(), 3, e.contribution.span());
  algorithm_->take(e.centre.span(), e.contribution.span(), {}, e.reply_of(*algorithm_));
  if (algorithm_->replies()) algorithm_->accept(e.reply.span(), e.theta.span(), e.theta0.span());
  EXPECT_THAT(e.centre.span(), Pointwise(Near(), before));
  EXPECT_THAT(e.theta.span(), Pointwise(Near(), before));
}

TEST_P(AlgorithmContract, OneWorkerWithOneStepEndsWhereItWas) {
  Exchange e(100, random_);
  std::copy(e.centre.span().begin(), e.centre.span().end(), e.theta0.span().begin());
  const std::vector<float> trained(e.theta.span().begin(), e.theta.span().end());
  algorithm_->contribute(e.theta.span(), e.theta0.span(), 1, e.contribution.span());
  algorithm_->take(e.centre.span(), e.contribution.span(), {}, e.reply_of(*algorithm_));
  if (algorithm_->replies()) algorithm_->accept(e.reply.span(), e.theta.span(), e.theta0.span());
  EXPECT_THAT(e.theta.span(), Pointwise(Near(), trained));
  EXPECT_THAT(e.centre.span(), Pointwise(Near(), trained));
}

TEST_P(AlgorithmContract, TakesItsWindowFromTheParameters) {
  const auto other = make_algorithm({GetParam(), {{"window", 37}}});
  ASSERT_TRUE(other) << other.error().message;
  EXPECT_EQ((*other)->window(), 37U);
}

INSTANTIATE_TEST_SUITE_P(Registry, AlgorithmContract, ::testing::ValuesIn(known_algorithms()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace dk
