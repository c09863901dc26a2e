// SPDX-License-Identifier: GPL-3.0-or-later
// What every registered algorithm must do. A new one is tested here without another line.
#include "base/random.hpp"
#include "tests/actors/algorithms/toy_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace dk {
namespace {

using ::testing::Pointwise;

constexpr float kRounding = 2e-6F;
constexpr std::size_t kLengths[] = {0, 1, 15, 16, 17, 1000, 2049};
constexpr std::size_t kMembers = 3;

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
  std::span<float> part(std::size_t offset, std::size_t count) {
    return span().subspan(offset, count);
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

/// Everything that one part of a worker and a shard has, and each call once over a cut of it.
class Exchange {
 public:
  Exchange(const Algorithm& algorithm, std::size_t size, Random& random)
      : algorithm_(algorithm),
        rounds_(algorithm.pace().kind == Pace::Kind::kRounds),
        theta(size, random),
        theta0(size, random),
        contribution(size, random),
        centre(size, random),
        reply(size, random),
        last_reply(size, random),
        others(kMembers - 1, Floats(size, random)),
        worker_slots(algorithm.worker_slots(), Floats(size, random)),
        shard_slots(algorithm.shard_slots(), Floats(size, random)) {
    for (auto& slot : shard_slots) {
      for (float& x : slot.span()) x = std::abs(x);  // as sums of squares are
    }
  }

  void run(std::size_t offset, std::size_t count, std::uint32_t steps = 3) {
    train(offset, count);
    algorithm_.contribute(theta.part(offset, count), theta0.part(offset, count), steps,
                          contribution.part(offset, count));
    take(offset, count);
    accept(offset, count);
  }
  void train(std::size_t offset, std::size_t count) {
    const auto slots = cut(worker_slots, offset, count);
    algorithm_.before_step(theta.part(offset, count), theta0.part(offset, count), slots);
    algorithm_.after_step(theta.part(offset, count), theta0.part(offset, count), slots);
  }
  void take(std::size_t offset, std::size_t count) {
    const auto slots = cut(shard_slots, offset, count);
    if (rounds_) {
      std::vector<std::span<const float>> all{contribution.part(offset, count)};
      for (auto& other : others) all.push_back(other.part(offset, count));
      return algorithm_.combine(centre.part(offset, count), all, slots);
    }
    algorithm_.take(centre.part(offset, count), contribution.part(offset, count),
                    context(offset, count), slots, answer(offset, count));
  }
  void accept(std::size_t offset, std::size_t count) {
    algorithm_.accept(rounds_ ? centre.part(offset, count) : answer(offset, count),
                      theta.part(offset, count), theta0.part(offset, count));
  }
  void revert() {
    const auto size = centre.span().size();
    algorithm_.revert(centre.span(), contribution.span(), context(0, size), reply.span());
  }
  TakeContext context(std::size_t offset, std::size_t count) {
    TakeContext known{.staleness = 2, .taken = 7};
    if (algorithm_.keeps_reply()) known.last_reply = last_reply.part(offset, count);
    return known;
  }
  std::span<float> answer(std::size_t offset, std::size_t count) {
    return algorithm_.fetches(1) ? reply.part(offset, count) : std::span<float>();
  }
  bool intact() const {
    const auto is_intact = [](const Floats& floats) { return floats.intact(); };
    return theta.intact() && theta0.intact() && contribution.intact() && centre.intact() &&
           reply.intact() && std::ranges::all_of(others, is_intact) &&
           std::ranges::all_of(worker_slots, is_intact) &&
           std::ranges::all_of(shard_slots, is_intact);
  }

 private:
  static std::vector<std::span<float>> cut(std::vector<Floats>& slots, std::size_t offset,
                                           std::size_t count) {
    std::vector<std::span<float>> spans;
    for (auto& slot : slots) spans.push_back(slot.part(offset, count));
    return spans;
  }

  const Algorithm& algorithm_;
  bool rounds_;

 public:
  Floats theta, theta0, contribution, centre, reply, last_reply;
  std::vector<Floats> others, worker_slots, shard_slots;
};

class AlgorithmContract : public ::testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<const Algorithm> algorithm_ = toy::make(GetParam());
  Random random_{42};
};

TEST_P(AlgorithmContract, KeepsWithinItsPartsOfAnyLength) {
  for (const std::size_t size : kLengths) {
    SCOPED_TRACE(size);
    Exchange e(*algorithm_, size, random_);
    e.run(0, size);
    if (algorithm_->reversible()) e.revert();
    EXPECT_TRUE(e.intact());
  }
}

TEST_P(AlgorithmContract, CutsOfAVectorGiveWhatTheWholeVectorGives) {
  Exchange whole(*algorithm_, 5000, random_);
  Exchange cut = whole;
  whole.run(0, 5000);
  for (const auto& [offset, count] : {std::pair{0U, 17U}, {17U, 400U}, {417U, 4583U}}) {
    cut.run(offset, count);
  }
  EXPECT_THAT(cut.centre.span(), Pointwise(Near(), whole.centre.span()));
  EXPECT_THAT(cut.theta.span(), Pointwise(Near(), whole.theta.span()));
  EXPECT_THAT(cut.theta0.span(), Pointwise(Near(), whole.theta0.span()));
  for (std::size_t i = 0; i < cut.shard_slots.size(); ++i) {
    EXPECT_THAT(cut.shard_slots[i].span(), Pointwise(Near(), whole.shard_slots[i].span()));
  }
}

TEST_P(AlgorithmContract, RevertRestoresTheCentre) {
  if (!algorithm_->reversible()) GTEST_SKIP() << GetParam() << " is not reversible";
  for (const std::size_t size : kLengths) {
    SCOPED_TRACE(size);
    Exchange e(*algorithm_, size, random_);
    const std::vector<float> before(e.centre.span().begin(), e.centre.span().end());
    e.take(0, size);
    // Another worker's contribution stays where it is.
    for (float& x : e.centre.span()) x += 0.25F;
    e.revert();
    for (float& x : e.centre.span()) x -= 0.25F;
    EXPECT_THAT(e.centre.span(), Pointwise(Near(), before));
  }
}

TEST_P(AlgorithmContract, AWorkerThatDidNotMoveChangesNothing) {
  Random random(7);
  toy::Vector start(100);
  for (float& x : start) x = random.uniform();
  toy::Shard shard(*algorithm_, start);
  toy::Worker worker(*algorithm_, 1, start);
  for (int i = 0; i < 3; ++i) {
    worker.step(toy::Vector(100, 0.0F));
    if (algorithm_->pace().kind == Pace::Kind::kRounds) {
      toy::close_round({&worker}, shard);
    } else {
      toy::exchange(worker, shard);
    }
  }
  EXPECT_THAT(shard.centre(), Pointwise(Near(), start));
  EXPECT_THAT(worker.theta, Pointwise(Near(), start));
}

TEST_P(AlgorithmContract, TakesItsWindowFromTheParameters) {
  EXPECT_EQ(toy::make(GetParam(), {{"window", 37}})->window(), 37U);
}

TEST_P(AlgorithmContract, IsValidForAnyNumberOfWorkersOrForNone) {
  for (const std::uint32_t workers : {1U, 2U, 3U, 1024U}) {
    for (const auto& parameters : {nlohmann::json::object(), nlohmann::json{{"window", 3}}}) {
      EXPECT_TRUE(make_algorithm({GetParam(), parameters}, workers, 0));
    }
  }
}

TEST_P(AlgorithmContract, SaysWhatFitsTogether) {
  if (algorithm_->pace().kind == Pace::Kind::kRounds) {
    EXPECT_FALSE(algorithm_->reversible()) << "nobody asks in rounds";
    EXPECT_FALSE(algorithm_->keeps_reply()) << "rounds have no replies";
    EXPECT_EQ(algorithm_->pace().warm_start, 0U) << "a round is for all";
  } else {
    EXPECT_EQ(algorithm_->pace().spare, 0U) << "only rounds can spare somebody";
  }
  EXPECT_GE(algorithm_->window(), 1U);
}

std::string test_name(const ::testing::TestParamInfo<std::string>& test) {
  auto name = test.param;
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Registry, AlgorithmContract, ::testing::ValuesIn(known_algorithms()),
                         test_name);

}  // namespace
}  // namespace dk
