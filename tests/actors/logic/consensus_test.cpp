// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/consensus.hpp"

#include "tests/actors/logic/consensus_cluster.hpp"
#include "tests/support/seed.hpp"

#include <gmock/gmock.h>

namespace dk {
namespace {

using namespace std::chrono_literals;
using test::ConsensusCluster;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::uint64_t members(ConsensusCluster& cluster) {
  return cluster.at(cluster.leader()).facts().members.size();
}

TEST(Consensus, OfOneLeadsAtOnceAndCommitsWhatIsOnItsDisk) {
  ConsensusCluster cluster(1, 1);
  EXPECT_EQ(cluster.leader(), "a");
  EXPECT_TRUE(cluster.propose("a"));
  EXPECT_EQ(cluster.committed(), "1;");
  EXPECT_EQ(cluster.disk("a").state, "1;");
  cluster.crash("a");
  cluster.start("a");
  cluster.run(10ms);
  EXPECT_EQ(cluster.leader(), "a");
  EXPECT_GT(cluster.at("a").term(), 1U);
}

TEST(Consensus, OneStandbyFollowsButIsNoCandidate) {
  ConsensusCluster cluster(2, 1);
  cluster.run(3s);
  ASSERT_TRUE(cluster.propose("a"));
  cluster.run(100ms);
  EXPECT_EQ(cluster.disk("b").state, "1;");
  EXPECT_EQ(members(cluster), 1U);
  cluster.crash("a");
  cluster.run(30s);
  EXPECT_EQ(cluster.leader(), "");
}

TEST(Consensus, WithTwoStandbysOneOfThemTakesOverWithAllThatWasCommitted) {
  ConsensusCluster cluster(3, 1);
  cluster.run(3s);
  ASSERT_EQ(members(cluster), 3U);
  ASSERT_TRUE(cluster.propose("a"));
  cluster.run(100ms);
  const auto term = cluster.at("a").term();
  cluster.crash("a");
  ASSERT_TRUE(cluster.run_until([&] { return !cluster.leader().empty(); }));
  EXPECT_GT(cluster.at(cluster.leader()).term(), term);
  EXPECT_EQ(cluster.disk(cluster.leader()).state, "1;");
}

TEST(Consensus, WithoutAMajorityNothingIsCommittedAndTheLeaderStepsDown) {
  ConsensusCluster cluster(3, 1);
  cluster.run(3s);
  cluster.part({"a"});
  EXPECT_TRUE(cluster.propose("a"));
  cluster.run(1s);
  EXPECT_EQ(cluster.committed(), "");
  cluster.run(2s);
  EXPECT_FALSE(cluster.at("a").leads());
  ASSERT_TRUE(cluster.run_until([&] { return !cluster.leader().empty(); }));
  cluster.heal();
  cluster.run(3s);
  EXPECT_EQ(cluster.disk("a").state, "") << "what was never committed goes";
}

TEST(Consensus, OneThatWakesUpLaterUnseatsNobodyAndFollows) {
  ConsensusCluster cluster(3, 1);
  cluster.run(3s);
  cluster.pause("a");
  ASSERT_TRUE(cluster.run_until([&] { return cluster.leader() != "a"; }));
  const auto next = cluster.leader();
  const auto term = cluster.at(next).term();
  cluster.go_on("a");
  cluster.run(10s);
  EXPECT_EQ(cluster.leader(), next);
  EXPECT_EQ(cluster.at(next).term(), term);
  EXPECT_EQ(cluster.at("a").leader()->name, next);
}

TEST(Consensus, ALeaderThatRestartsIsElectedAgainWithoutWaitingForItsOwnLease) {
  ConsensusCluster cluster(3, 1);
  cluster.run(3s);
  cluster.crash("a");
  cluster.run(100ms);
  cluster.start("a");
  cluster.run(3500ms);
  EXPECT_NE(cluster.leader(), "");
}

TEST(Consensus, OneThatLagsFarBehindGetsTheWholeStateInPieces) {
  ConsensusCluster cluster(3, 1);
  cluster.run(3s);
  cluster.part({"c"});
  for (int i = 0; i < 300; ++i) cluster.propose("a");
  cluster.run(1s);
  EXPECT_EQ(cluster.disk("c").state, "");
  cluster.heal();
  cluster.run(5s);
  EXPECT_EQ(cluster.disk("c").state, cluster.committed());
  EXPECT_THAT(cluster.committed(), HasSubstr(";300;"));
}

TEST(Consensus, ACandidateWhoseDiskIsNewIsNotTheOneOfThatName) {
  ConsensusCluster cluster(3, 1);
  cluster.run(3s);
  cluster.lose_disk("b");
  cluster.start("b");
  cluster.run(3s);
  EXPECT_THAT(cluster.at("b").refusal(), HasSubstr("under another name"));
  cluster.crash("a");
  cluster.run(30s);
  EXPECT_EQ(cluster.leader(), "") << "it has forgotten what it had acknowledged";
}

TEST(Consensus, AFullDiskAcknowledgesNothing) {
  ConsensusCluster cluster(3, 1);
  cluster.run(3s);
  cluster.disk("b").full = cluster.disk("c").full = true;
  EXPECT_TRUE(cluster.propose("a"));
  cluster.run(500ms);
  EXPECT_EQ(cluster.committed(), "");
  cluster.disk("b").full = cluster.disk("c").full = false;
  cluster.run(2s);
  EXPECT_EQ(cluster.committed(), "1;");
  cluster.disk("a").full = true;
  EXPECT_FALSE(cluster.propose("a"));
}

/// Everything goes wrong for a while, then heals.
void torment(std::uint64_t seed) {
  SCOPED_TRACE(fmt::format("seed {}", seed));
  ConsensusCluster cluster(5, seed);
  cluster.lost_in_100 = static_cast<unsigned>(cluster.random() % 20);
  cluster.twice_in_100 = static_cast<unsigned>(cluster.random() % 20);
  cluster.latest = std::chrono::milliseconds(cluster.random() % 400);
  const auto any = [&] { return cluster.names()[cluster.random() % 5]; };
  for (int i = 0; i < 150; ++i) {
    const auto name = any();
    switch (cluster.random() % 12) {
      case 0:
        cluster.crash(name);
        break;
      case 1:
      case 2:
        if (!cluster.runs(name)) cluster.start(name);
        break;
      case 3:
        cluster.part({name, any()});
        break;
      case 4:
        cluster.heal();
        break;
      case 5:
        cluster.pause(name);
        break;
      case 6:
      case 7:
        cluster.go_on(name);
        break;
      case 8:
        cluster.disk(name).full = !cluster.disk(name).full;
        break;
      default:
        for (const auto& other : cluster.names()) cluster.propose(other);
    }
    cluster.run(std::chrono::milliseconds(cluster.random() % 1500));
    if (::testing::Test::HasFatalFailure()) return;
  }
  cluster.heal();
  cluster.lost_in_100 = 0;
  for (const auto& name : cluster.names()) {
    cluster.go_on(name);
    cluster.disk(name).full = false;
    if (!cluster.runs(name)) cluster.start(name);
  }
  cluster.run(30s);
  ASSERT_NE(cluster.leader(), "") << "it does not heal";
  ASSERT_TRUE(cluster.propose(cluster.leader()));
  cluster.run(3s);
  for (const auto& name : cluster.names()) EXPECT_EQ(cluster.disk(name).state, cluster.committed());
}

TEST(Consensus, HasOneLeaderInATermAndLosesNothingCommittedWhateverHappens) {
  const auto first = testing::test_seed(1);
  for (auto seed = first; seed < first + 30 && !::testing::Test::HasFailure(); ++seed)
    torment(seed);
}

}  // namespace
}  // namespace dk
