// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/replication_log.hpp"

#include "base/random.hpp"
#include "tests/support/seed.hpp"

#include <gmock/gmock.h>

namespace dk {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Log = ReplicationLog<int, char>;

std::vector<int> send_all(Log& log, std::size_t credit = 100) {
  std::vector<int> sent;
  while (const auto* entry = log.next_to_send(credit)) sent.push_back(entry->operation);
  return sent;
}

TEST(ReplicationLog, KeepsNothingWhileNobodyFollows) {
  Log log;
  log.skip();
  log.skip();
  EXPECT_EQ(log.end(), 2U);
  EXPECT_TRUE(log.settled());
  EXPECT_THAT(send_all(log), IsEmpty());
}

TEST(ReplicationLog, SendsWhatCameSinceItIsFollowedInOrderAndOnce) {
  Log log;
  log.skip();
  log.follow();
  log.append(2);
  log.append(3);
  EXPECT_THAT(send_all(log), ElementsAre(2, 3));
  EXPECT_THAT(send_all(log), IsEmpty());
  EXPECT_FALSE(log.settled());
}

TEST(ReplicationLog, HasNoMoreUnderWayThanItsCredit) {
  Log log;
  log.follow();
  for (int i = 1; i <= 5; ++i) log.append(i);
  EXPECT_THAT(send_all(log, 2), ElementsAre(1, 2));
  EXPECT_THAT(log.confirm(1), IsEmpty());
  EXPECT_THAT(send_all(log, 2), ElementsAre(3));
}

TEST(ReplicationLog, ReleasesAWaiterOnceAllThatWasThereIsConfirmed) {
  Log log;
  log.follow();
  log.append(1);
  log.wait('a');
  log.append(2);
  log.wait('b');
  EXPECT_THAT(log.confirm(1), ElementsAre('a'));
  EXPECT_THAT(log.confirm(1), IsEmpty()) << "an answer that comes again";
  EXPECT_THAT(log.confirm(9), ElementsAre('b')) << "more than there is";
  EXPECT_TRUE(log.settled());
}

TEST(ReplicationLog, SendsAgainWhatIsNotConfirmed) {
  Log log;
  log.follow();
  for (int i = 1; i <= 3; ++i) log.append(i);
  EXPECT_THAT(send_all(log), ElementsAre(1, 2, 3));
  EXPECT_THAT(log.confirm(1), IsEmpty());
  log.resend();
  EXPECT_THAT(send_all(log), ElementsAre(2, 3));
}

TEST(ReplicationLog, AConfirmationThatOvertakesAResendIsNotSentAgain) {
  Log log;
  log.follow();
  for (int i = 1; i <= 3; ++i) log.append(i);
  EXPECT_THAT(send_all(log), ElementsAre(1, 2, 3));
  log.resend();
  EXPECT_THAT(log.confirm(2), IsEmpty());
  EXPECT_THAT(send_all(log), ElementsAre(3));
}

TEST(ReplicationLog, LetsEverybodyGoWhenTheBackupIsGivenUp) {
  Log log;
  log.follow();
  log.append(1);
  log.wait('a');
  EXPECT_THAT(log.release(), ElementsAre('a'));
  EXPECT_TRUE(log.settled());
  log.skip();
  EXPECT_TRUE(log.settled());
  EXPECT_EQ(log.end(), 2U);
}

TEST(ReplicationLog, ANewBackupBeginsWhereTheOldOneWasGivenUp) {
  Log log;
  log.follow();
  log.append(1);
  EXPECT_THAT(log.release(), IsEmpty());
  log.skip();
  log.follow();
  log.append(3);
  EXPECT_THAT(send_all(log), ElementsAre(3));
}

// The backup takes what comes next and nothing else; the wire loses and repeats.
TEST(ReplicationLog, BringsEverythingOverAnUnreliableWireInOrder) {
  Random random(testing::test_seed(3));
  for (int round = 0; round < 100; ++round) {
    Log log;
    log.follow();
    std::vector<int> backup;
    int next = 0;
    int waiting = 0;
    while (next < 50 || !log.settled()) {
      if (next < 50 && random.below(2) == 0) {
        log.append(++next);
        log.wait('x');
        ++waiting;
      }
      if (const auto* entry = log.next_to_send(4); entry != nullptr && random.below(4) != 0) {
        if (entry->position == backup.size() + 1) backup.push_back(entry->operation);
        if (random.below(4) != 0) waiting -= static_cast<int>(log.confirm(backup.size()).size());
      }
      if (random.below(5) == 0) log.resend();
    }
    ASSERT_EQ(backup.size(), 50U);
    for (int i = 0; i < 50; ++i) EXPECT_EQ(backup[static_cast<std::size_t>(i)], i + 1);
    EXPECT_EQ(waiting, 0);
  }
}

}  // namespace
}  // namespace dk
