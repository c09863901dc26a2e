// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/ledger.hpp"

#include "base/random.hpp"
#include "tests/support/seed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dk {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Outcome = Ledger::Outcome;

constexpr WorkerId kAnn(1);
constexpr WorkerId kBob(2);
constexpr Incarnation kFirst(1);
constexpr Incarnation kSecond(2);

Ledger::TimePoint at(std::chrono::milliseconds time) {
  return Ledger::TimePoint{} + time;
}

/// Two epochs of three blocks with 4, 4 and 2 samples.
Ledger ten_samples_twice() {
  return Ledger({10, 4, 2});
}

TEST(Ledger, CutsEveryEpochIntoBlocksOfWhichTheLastIsShort) {
  const Ledger ledger = ten_samples_twice();
  EXPECT_EQ(ledger.blocks_per_epoch(), 3U);
  EXPECT_EQ(ledger.blocks_total(), 6U);
  EXPECT_EQ(ledger.block(2).count, 2U);
  EXPECT_EQ(ledger.block(4).epoch, 1U);
  EXPECT_EQ(ledger.block(4).first, 4U);
  EXPECT_EQ(ledger.block(4).count, 4U);
}

TEST(Ledger, LeasesInOrderTheReturnedBlocksFirstAndOnIntoTheNextEpoch) {
  Ledger ledger = ten_samples_twice();
  EXPECT_THAT(ledger.lease(kAnn, kFirst, 2, at(0s)), ElementsAre(0, 1));
  EXPECT_THAT(ledger.lease(kBob, kFirst, 2, at(0s)), ElementsAre(2, 3));
  EXPECT_EQ(ledger.release(kAnn, kFirst), 2U);
  EXPECT_THAT(ledger.lease(kBob, kFirst, 9, at(0s)), ElementsAre(0, 1, 4, 5));
  EXPECT_THAT(ledger.lease(kAnn, kFirst, 1, at(0s)), IsEmpty());
  EXPECT_THAT(ledger.leases(kBob, kFirst), ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST(Ledger, TakesABlockOnlyFromTheOneThatHoldsIt) {
  Ledger ledger = ten_samples_twice();
  (void)ledger.lease(kAnn, kFirst, 2, at(0s));
  EXPECT_EQ(ledger.complete(kBob, kFirst, 0), Outcome::kStale);
  EXPECT_EQ(ledger.complete(kAnn, kSecond, 0), Outcome::kStale);
  EXPECT_EQ(ledger.complete(kAnn, kFirst, 0), Outcome::kDone);
  EXPECT_EQ(ledger.complete(kAnn, kFirst, 0), Outcome::kDuplicate);
  EXPECT_EQ(ledger.complete(kBob, kSecond, 0), Outcome::kDuplicate);
  (void)ledger.release(kAnn, kFirst);
  EXPECT_EQ(ledger.complete(kAnn, kFirst, 1), Outcome::kStale);
  EXPECT_EQ(ledger.complete(kAnn, kFirst, 5), Outcome::kStale);
  EXPECT_EQ(ledger.complete(kAnn, kFirst, 6), Outcome::kStale);
  EXPECT_EQ(ledger.samples_done(), 4U);
}

TEST(Ledger, AccountsForEachEpoch) {
  Ledger ledger = ten_samples_twice();
  for (const auto block : ledger.lease(kAnn, kFirst, 4, at(0s))) {
    EXPECT_FALSE(ledger.epoch_complete(0));
    (void)ledger.complete(kAnn, kFirst, block);
    if (block == 2) break;
  }
  EXPECT_TRUE(ledger.epoch_complete(0));
  EXPECT_EQ(ledger.account(0), (EpochAccount{10, 0, 0}));
  EXPECT_EQ(ledger.account(1), (EpochAccount{0, 0, 10}));
  EXPECT_EQ(ledger.blocks_done(), 3U);
  EXPECT_FALSE(ledger.finished());
}

TEST(Ledger, LeasesExpireUnlessRenewed) {
  Ledger ledger = ten_samples_twice();
  (void)ledger.lease(kAnn, kFirst, 1, at(0s));
  (void)ledger.lease(kBob, kSecond, 1, at(0s));
  ledger.renew(kAnn, kFirst, at(5s));
  EXPECT_THAT(ledger.expired(at(9'999ms), 10s), IsEmpty());
  const auto late = ledger.expired(at(10s), 10s);
  ASSERT_EQ(late.size(), 1U);
  EXPECT_EQ(late[0].worker, kBob);
  EXPECT_EQ(late[0].incarnation, kSecond);
  EXPECT_EQ(late[0].block, 1U);
}

TEST(Ledger, RestoresALeaseThatItDoesNotRemember) {
  Ledger ledger = ten_samples_twice();
  EXPECT_TRUE(ledger.restore_lease(kAnn, kFirst, 2, at(0s)));
  EXPECT_TRUE(ledger.restore_lease(kAnn, kFirst, 2, at(0s)));
  EXPECT_FALSE(ledger.restore_lease(kBob, kFirst, 2, at(0s)));
  EXPECT_FALSE(ledger.restore_lease(kBob, kFirst, 6, at(0s)));
  EXPECT_THAT(ledger.lease(kBob, kFirst, 3, at(0s)), ElementsAre(0, 1, 3));
  EXPECT_EQ(ledger.complete(kAnn, kFirst, 2), Outcome::kDone);
  EXPECT_FALSE(ledger.restore_lease(kAnn, kFirst, 2, at(0s)));
}

TEST(Ledger, CountsWhatARollbackMakesTheWorkersRepeat) {
  Ledger ledger = ten_samples_twice();
  (void)ledger.lease(kAnn, kFirst, 3, at(0s));
  (void)ledger.complete(kAnn, kFirst, 0);
  const Ledger checkpoint = ledger;
  (void)ledger.complete(kAnn, kFirst, 1);
  (void)ledger.complete(kAnn, kFirst, 2);
  ledger.roll_back_to(checkpoint);
  EXPECT_EQ(ledger.account(0), (EpochAccount{4, 6, 6}));
  EXPECT_EQ(ledger.complete(kAnn, kFirst, 1), Outcome::kStale);
  EXPECT_THAT(ledger.lease(kBob, kFirst, 1, at(0s)), ElementsAre(1));
  EXPECT_EQ(ledger.complete(kBob, kFirst, 1), Outcome::kDone);
  ledger.roll_back_to(checkpoint);
  EXPECT_EQ(ledger.account(0), (EpochAccount{4, 10, 6}));
}

TEST(Ledger, IsTheSameAfterEncodingAndDecoding) {
  Ledger ledger = ten_samples_twice();
  (void)ledger.lease(kAnn, kFirst, 3, at(0s));
  (void)ledger.lease(kBob, kSecond, 1, at(0s));
  (void)ledger.complete(kAnn, kFirst, 1);
  (void)ledger.release(kAnn, kFirst);
  const auto copy = Ledger::decode(ledger.encode(), at(7s));
  ASSERT_TRUE(copy) << copy.error().message;
  EXPECT_EQ(copy->encode(), ledger.encode());
  EXPECT_EQ(copy->account(0), (EpochAccount{4, 0, 6}));
  EXPECT_THAT(copy->leases(kBob, kSecond), ElementsAre(3));
  EXPECT_EQ(copy->expired(at(17s), 10s).size(), 1U);
  EXPECT_THAT(copy->expired(at(16s), 10s), IsEmpty());
}

TEST(Ledger, RefusesBytesThatContradictThemselves) {
  Ledger ledger = ten_samples_twice();
  (void)ledger.lease(kAnn, kFirst, 2, at(0s));
  (void)ledger.complete(kAnn, kFirst, 0);
  const Bytes good = ledger.encode();
  const auto with = [&](std::size_t offset, std::uint64_t value) {
    Bytes bytes = good;
    std::memcpy(bytes.data() + offset, &value, sizeof value);
    return Ledger::decode(bytes, at(0s));
  };
  // format 0, samples 4, block size 12, epochs 20, next 24, todo count 32, leased count 36, then
  // the lease (block 40, worker 48, incarnation 52), then visited and repeated per epoch from 60
  for (const auto& [offset, value] : std::initializer_list<std::pair<std::size_t, std::uint64_t>>{
           {0, 0}, {4, 0}, {4, ~0ULL}, {12, 0}, {24, 7}, {24, 1}, {24, 3}, {40, 2}, {60, 8}}) {
    const auto refused = with(offset, value);
    ASSERT_FALSE(refused) << offset << " := " << value;
    EXPECT_EQ(refused.error().code, Errc::kCorrupt);
  }
  ASSERT_TRUE(with(68, 99));  // repeats are whatever they were
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(Ledger::decode(std::span(good).first(size), at(0s)));
  }
  Bytes longer = good;
  longer.push_back(std::byte{0});
  EXPECT_FALSE(Ledger::decode(longer, at(0s)));
}

TEST(Ledger, SurvivesAnyBytes) {
  Random random(testing::test_seed(11));
  Ledger ledger({1000, 7, 5});
  (void)ledger.lease(kAnn, kFirst, 40, at(0s));
  for (std::uint64_t block = 0; block < 20; ++block) (void)ledger.complete(kAnn, kFirst, block);
  const Bytes good = ledger.encode();
  for (int round = 0; round < 20'000; ++round) {
    Bytes bytes = good;
    for (auto flips = 1 + random.below(4); flips > 0; --flips) {
      bytes[random.below(bytes.size())] = static_cast<std::byte>(random.below(256));
    }
    const auto read = Ledger::decode(bytes, at(0s));
    if (read) {
      EXPECT_TRUE(read->encode() == bytes) << "accepted what no ledger writes";
    } else {
      EXPECT_EQ(read.error().code, Errc::kCorrupt);
    }
  }
}

TEST(LedgerBackups, CountABlockOnceWhoeverFinishesIt) {
  Ledger ledger({20, 8, 1});
  const Ledger::TimePoint now{};
  const WorkerId slow(1);
  const WorkerId fast(2);
  const Incarnation life(1);
  ASSERT_EQ(ledger.lease(slow, life, 3, now), (std::vector<std::uint64_t>{0, 1, 2}));
  EXPECT_EQ(ledger.complete(2), Ledger::Outcome::kDone) << "leased to somebody else";
  EXPECT_EQ(ledger.complete(2), Ledger::Outcome::kDuplicate);
  EXPECT_EQ(ledger.complete(slow, life, 2), Ledger::Outcome::kDuplicate);
  EXPECT_EQ(ledger.release(slow, life), 2U);
  EXPECT_EQ(ledger.complete(1), Ledger::Outcome::kDone) << "leased to nobody";
  EXPECT_EQ(ledger.lease(fast, life, 3, now), std::vector<std::uint64_t>{0});
  EXPECT_EQ(ledger.complete(0), Ledger::Outcome::kDone);
  EXPECT_EQ(ledger.account(0), (EpochAccount{20, 0, 0}));
  EXPECT_TRUE(Ledger::decode(ledger.encode(), now));
}

TEST(LedgerBackups, OfABlockThatWasNeverLeasedAreStale) {
  Ledger ledger({20, 8, 1});
  EXPECT_EQ(ledger.complete(0), Ledger::Outcome::kStale);
}

}  // namespace
}  // namespace dk
