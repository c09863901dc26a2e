// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/ledger.hpp"
#include "base/random.hpp"
#include "tests/support/seed.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace dk {
namespace {

using namespace std::chrono_literals;

/// A job actor's life with a ledger, beside a plain list of how often each block was done.
class Story {
 public:
  explicit Story(std::uint64_t seed)
      : random_(seed),
        ledger_({1 + random_.below(200), 1 + random_.below(20),
                 static_cast<std::uint32_t>(1 + random_.below(4))}),
        checkpoint_(ledger_),
        done_(ledger_.blocks_total(), 0),
        done_then_(done_),
        lost_(ledger_.config().epochs, 0) {}

  void tell() {
    for (std::size_t step = 0; !ledger_.finished(); ++step) {
      ASSERT_LT(step, 1'000'000U) << "the job never ends";
      now_ += 1s;
      act();
      check();
    }
  }

  void check() const {
    const auto& config = ledger_.config();
    ASSERT_EQ(ledger_.blocks_done(), std::accumulate(done_.begin(), done_.end(), std::uint64_t{0}));
    for (std::uint32_t epoch = 0; epoch < config.epochs; ++epoch) {
      std::uint64_t visited = 0;
      for (std::uint64_t i = 0; i < done_.size(); ++i) {
        if (done_[i] && ledger_.block(i).epoch == epoch) visited += ledger_.block(i).count;
      }
      ASSERT_EQ(ledger_.account(epoch),
                (EpochAccount{visited, lost_[epoch], config.samples - visited}));
    }
  }

  void check_end() const {
    for (std::uint32_t epoch = 0; epoch < ledger_.config().epochs; ++epoch) {
      EXPECT_EQ(ledger_.account(epoch).visited, ledger_.config().samples);
      EXPECT_EQ(ledger_.account(epoch).missed, 0U);
      EXPECT_TRUE(ledger_.epoch_complete(epoch));
    }
    EXPECT_EQ(ledger_.samples_done(), ledger_.config().samples * ledger_.config().epochs);
  }

 private:
  void act() {
    const WorkerId worker(static_cast<std::uint32_t>(1 + random_.below(3)));
    const Incarnation incarnation(1 + random_.below(2));
    const auto dice = random_.below(100);
    if (dice < 40) {
      (void)ledger_.lease(worker, incarnation, random_.below(4), now_);
    } else if (dice < 80) {
      complete(worker, incarnation, random_.below(done_.size() + 1));
      for (const auto block : ledger_.leases(worker, incarnation)) {
        complete(worker, incarnation, block);
      }
    } else if (dice < 84) {
      (void)ledger_.release(worker, incarnation);
    } else if (dice < 88) {
      for (const auto& late : ledger_.expired(now_, 20s)) {
        (void)ledger_.release(late.worker, late.incarnation);
      }
      ledger_.renew(worker, incarnation, now_);
    } else if (dice < 91) {
      (void)ledger_.restore_lease(worker, incarnation, random_.below(done_.size() + 1), now_);
    } else if (dice < 94) {
      checkpoint_ = ledger_;
      done_then_ = done_;
    } else if (dice < 95) {
      roll_back();
    } else {
      restart_supervisor();
    }
  }

  void complete(WorkerId worker, Incarnation incarnation, std::uint64_t block) {
    switch (ledger_.complete(worker, incarnation, block)) {
      case Ledger::Outcome::kDone:
        ASSERT_FALSE(done_[block]);
        done_[block] = true;
        break;
      case Ledger::Outcome::kDuplicate:
        ASSERT_TRUE(done_[block]);
        break;
      case Ledger::Outcome::kStale:
        ASSERT_TRUE(block == done_.size() || !done_[block]);
        break;
    }
  }

  void roll_back() {
    ledger_.roll_back_to(checkpoint_);
    for (std::uint64_t i = 0; i < done_.size(); ++i) {
      if (done_[i] && !done_then_[i]) lost_[ledger_.block(i).epoch] += ledger_.block(i).count;
    }
    done_ = done_then_;
  }

  void restart_supervisor() {
    auto copy = Ledger::decode(ledger_.encode(), now_);
    ASSERT_TRUE(copy) << copy.error().message;
    ASSERT_EQ(copy->encode(), ledger_.encode());
    ledger_ = std::move(*copy);
  }

  Random random_;
  Ledger ledger_;
  Ledger checkpoint_;
  std::vector<bool> done_;
  std::vector<bool> done_then_;
  std::vector<std::uint64_t> lost_;
  Ledger::TimePoint now_{};
};

TEST(LedgerProperty, EveryEpochVisitsEverySampleWhateverHappens) {
  const std::uint64_t seed = testing::test_seed(1);
  for (std::uint64_t round = 0; round < 300; ++round) {
    SCOPED_TRACE(round);
    Story story(seed_for(seed, round));
    story.tell();
    story.check_end();
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace dk
