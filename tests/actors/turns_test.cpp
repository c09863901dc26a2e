// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/turns.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>
#include <vector>

namespace dk {
namespace {

using ::testing::ElementsAre;

class TurnsTest : public ::testing::Test {
 protected:
  std::shared_ptr<Turns::Ticket> ask(int who) {
    return turns->ask([this, who] { began.push_back(who); });
  }

  std::shared_ptr<Turns> turns = Turns::of(2);
  std::vector<int> began;
};

TEST_F(TurnsTest, BeginAtOnceWhileThereArePlaces) {
  const auto first = ask(1);
  const auto second = ask(2);
  const auto third = ask(3);
  EXPECT_THAT(began, ElementsAre(1, 2));
}

TEST_F(TurnsTest, ArePassedOnInTheOrderInWhichTheyWereAskedFor) {
  auto first = ask(1);
  auto second = ask(2);
  const auto third = ask(3);
  const auto fourth = ask(4);
  second.reset();
  EXPECT_THAT(began, ElementsAre(1, 2, 3));
  first.reset();
  EXPECT_THAT(began, ElementsAre(1, 2, 3, 4));
}

TEST_F(TurnsTest, PassOverWhoeverHasStoppedWaiting) {
  auto first = ask(1);
  const auto second = ask(2);
  auto third = ask(3);
  const auto fourth = ask(4);
  third.reset();
  EXPECT_THAT(began, ElementsAre(1, 2)) << "a wait that ends frees no place";
  first.reset();
  EXPECT_THAT(began, ElementsAre(1, 2, 4));
}

TEST_F(TurnsTest, LeaveThePlaceFreeWhenNobodyWaits) {
  ask(1).reset();
  ask(2).reset();
  ask(3).reset();
  EXPECT_THAT(began, ElementsAre(1, 2, 3));
}

TEST(Turns, AreNeverMoreThanThePlacesWhateverTheThreadsDo) {
  const auto turns = Turns::of(3);
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        std::atomic<bool> mine = false;
        auto ticket = turns->ask([&] {
          mine = true;
          mine.notify_one();
        });
        mine.wait(false);
        const int now = ++inside;
        int seen = most;
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        --inside;
        ticket.reset();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LE(most, 3);
  EXPECT_GE(most, 1);
}

}  // namespace
}  // namespace dk
