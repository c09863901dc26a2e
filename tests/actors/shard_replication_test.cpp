// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/registry.hpp"
#include "actors/shard_actor.hpp"
#include "tests/support/deterministic_system.hpp"

#include <caf/all.hpp>
#include <gmock/gmock.h>

#include <algorithm>

namespace dk::test {
namespace {

using ::testing::Each;
using ::testing::FloatEq;

constexpr WorkerId kWorker{1};
constexpr Incarnation kWorkerLife{20};
constexpr Incarnation kPrimary{10};
constexpr Incarnation kBackup{11};
constexpr Incarnation kSuccessor{30};
constexpr std::uint64_t kFloats = 2 * defaults::kPartFloats;

/// What the home was told last.
struct Heard {
  std::optional<ReplicaStatus> status;
};

ShardHomeActor::behavior_type home_actor(ShardHomeActor::pointer, std::shared_ptr<Heard> heard) {
  return {[heard](replicate_atom, const ReplicaStatus& status) { heard->status = status; }};
}

/// A primary of two parts under ADAG, and a backup in another process.
class ShardReplicationTest : public DeterministicTest {
 protected:
  ShardReplicationTest() {
    const auto home = system->spawn(home_actor, heard);
    auto values = allocate_floats(kFloats);
    std::fill_n(values.get(), kFloats, 0.0F);
    auto config = blueprint(kPrimary);
    config.values = std::move(values);
    primary = system->spawn(
        shard_actor, ShardActorConfig{std::make_shared<Shard>(config), blueprint(kPrimary), home});
    primary_process = system.isolate(primary);
    backup = system->spawn(shard_actor, ShardActorConfig{nullptr, blueprint(kBackup), home});
    backup_process = system.isolate(backup);
  }

  ShardConfig blueprint(Incarnation incarnation) {
    return {ShardId(1), incarnation, algorithm, nullptr, kFloats, kFloats, 0, duplicates};
  }
  static ExchangePart part_of(std::uint32_t part, std::uint64_t sequence, float value,
                              Incarnation shard = kPrimary) {
    const Parts parts(kFloats);
    auto values = allocate_floats(parts.size(part));
    std::fill_n(values.get(), parts.size(part), value);
    return {kWorker,       kWorkerLife,        shard,
            sequence,      100 + sequence,     part,
            parts.count(), parts.offset(part), Tensor(std::move(values), parts.size(part))};
  }
  void commit(LocalShardActor to, std::uint64_t sequence, float value,
              Incarnation shard = kPrimary) {
    for (const std::uint32_t part : {0U, 1U}) {
      const auto reply =
          ask<ExchangedPart>(to, exchange_atom_v, part_of(part, sequence, value, shard));
      ASSERT_TRUE(reply) << reply.error().message;
    }
  }
  void follow() {
    caf::anon_send(primary, replicate_atom_v, kBackup, caf::actor_cast<ShardActor>(backup));
    drain();
  }
  [[nodiscard]] bool in_sync() const { return heard->status && heard->status->in_sync; }
  Result<Tensor> centre(LocalShardActor of, Incarnation incarnation, std::uint32_t part = 0) {
    return ask<Tensor>(of, pull_atom_v, incarnation, Parts(kFloats).offset(part), std::uint64_t{4});
  }
  void promote() {
    const auto promoted = ask<ShardId>(backup, promote_atom_v, kBackup, kSuccessor);
    ASSERT_TRUE(promoted) << promoted.error().message;
  }

  std::shared_ptr<const Algorithm> algorithm =
      *make_algorithm({"adag", nlohmann::json::object()}, 2);
  std::shared_ptr<std::atomic<std::uint64_t>> duplicates =
      std::make_shared<std::atomic<std::uint64_t>>(0);
  std::shared_ptr<Heard> heard = std::make_shared<Heard>();
  LocalShardActor primary;
  LocalShardActor backup;
  DeterministicSystem::Process primary_process = 0;
  DeterministicSystem::Process backup_process = 0;
};

TEST_F(ShardReplicationTest, ABackupBeginsWithAllThatItsPrimaryHas) {
  commit(primary, 1, 2);
  follow();
  EXPECT_TRUE(in_sync());
  system.kill(primary_process);
  promote();
  EXPECT_THAT(centre(backup, kSuccessor, 0)->span(), Each(FloatEq(2)));
  EXPECT_THAT(centre(backup, kSuccessor, 1)->span(), Each(FloatEq(2)));
}

TEST_F(ShardReplicationTest, TheEndOfABackupThatWasReplacedSaysNothingAboutTheNextOne) {
  constexpr Incarnation kNext{12};
  const auto home = system->spawn(home_actor, heard);
  const auto next = system->spawn(shard_actor, ShardActorConfig{nullptr, blueprint(kNext), home});
  const auto next_process = system.isolate(next);
  system.freeze(backup_process);
  system.freeze(next_process);
  follow();
  caf::anon_send(primary, replicate_atom_v, kNext, caf::actor_cast<ShardActor>(next));
  drain();
  system.kill(backup_process);
  drain();
  system.thaw(next_process);
  drain();
  ASSERT_TRUE(in_sync());
  EXPECT_EQ(heard->status->backup, kNext);
}

/// A backup's way for pieces on which the first one after the facts is late, once.
ShardActor::behavior_type late_piece(ShardActor::pointer self, ShardActor backup,
                                     std::shared_ptr<std::optional<ReplicaPiece>> late) {
  return {[=](exchange_atom, const ExchangePart& part) {
            return self->delegate(backup, exchange_atom_v, part);
          },
          [=](pull_atom, Incarnation incarnation, std::uint64_t offset, std::uint64_t count) {
            return self->delegate(backup, pull_atom_v, incarnation, offset, count);
          },
          [=](replicate_atom, const ReplicaOperation& operation) {
            return self->delegate(backup, replicate_atom_v, operation);
          },
          [=](fill_atom, const ReplicaPiece& piece) -> caf::result<std::uint32_t> {
            if (piece.number != 1 || *late) return self->delegate(backup, fill_atom_v, piece);
            *late = piece;
            return self->make_response_promise<std::uint32_t>();
          }};
}

TEST_F(ShardReplicationTest, APieceThatIsOvertakenIsSentAgain) {
  const auto late = std::make_shared<std::optional<ReplicaPiece>>();
  const auto way = system->spawn(late_piece, caf::actor_cast<ShardActor>(backup), late);
  caf::anon_send(primary, replicate_atom_v, kBackup, way);
  drain();
  EXPECT_TRUE(*late);
  EXPECT_TRUE(in_sync());
}

TEST_F(ShardReplicationTest, WhatAWorkerWasAnsweredIsInTheBackup) {
  follow();
  commit(primary, 1, 2);
  commit(primary, 2, 3);
  system.kill(primary_process);
  promote();
  EXPECT_THAT(centre(backup, kSuccessor)->span(), Each(FloatEq(5)));
}

TEST_F(ShardReplicationTest, APartThatWasNotAnsweredIsSentAgainAndCountsOnce) {
  follow();
  commit(primary, 1, 2);
  system.kill(primary_process);
  promote();
  const auto again = ask<ExchangedPart>(backup, exchange_atom_v, part_of(0, 1, 2, kSuccessor));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->duplicate);
  commit(backup, 2, 1, kSuccessor);
  EXPECT_THAT(centre(backup, kSuccessor)->span(), Each(FloatEq(3)));
}

TEST_F(ShardReplicationTest, NobodyIsAnsweredWhileTheBackupIsSilent) {
  follow();
  system.freeze(backup_process);
  caf::scoped_actor asker(*system);
  bool answered = false;
  auto request = system.self()->request(primary, caf::infinite, exchange_atom_v, part_of(0, 1, 2));
  drain();
  EXPECT_FALSE(system.self()->has_next_message());
  // The job gives the backup up: the primary answers alone.
  caf::anon_send(primary, replicate_atom_v);
  drain();
  ASSERT_TRUE(system.self()->has_next_message());
  request.receive([&](const ExchangedPart&) { answered = true; },
                  [](const caf::error& why) { FAIL() << from_caf(why).message; });
  EXPECT_TRUE(answered);
  system.kill(backup_process);
}

TEST_F(ShardReplicationTest, APrimaryThatWasReplacedAnswersNobodyAndEnds) {
  follow();
  commit(primary, 1, 2);
  promote();
  system.self()->send(primary, exchange_atom_v, part_of(0, 2, 7));
  drain();
  EXPECT_FALSE(system.self()->has_next_message()) << "two primaries acknowledge";
  EXPECT_FALSE(centre(primary, kPrimary)) << "it has ended";
  EXPECT_THAT(centre(backup, kSuccessor)->span(), Each(FloatEq(2)));
}

TEST_F(ShardReplicationTest, ABackupIsNotAskedByWorkers) {
  follow();
  const auto refused = ask<ExchangedPart>(backup, exchange_atom_v, part_of(0, 1, 2, kBackup));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kStaleIncarnation);
  EXPECT_FALSE(centre(backup, kBackup));
}

TEST_F(ShardReplicationTest, ABackupThatIsNotWholeIsNotPromoted) {
  const auto refused = ask<ShardId>(backup, promote_atom_v, kBackup, kSuccessor);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kInvalid);
}

TEST_F(ShardReplicationTest, PromotingTwiceIsHarmlessAndAnotherBackupsOrderIsRefused) {
  follow();
  system.kill(primary_process);
  promote();
  promote();
  const auto refused = ask<ShardId>(backup, promote_atom_v, Incarnation(12), Incarnation(31));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kStaleIncarnation);
}

TEST_F(ShardReplicationTest, TrainingGoesOnWhileABackupIsFilled) {
  system.freeze(backup_process);
  follow();
  commit(primary, 1, 2);
  EXPECT_FALSE(in_sync());
  system.thaw(backup_process);
  drain();
  EXPECT_TRUE(in_sync());
  system.kill(primary_process);
  promote();
  EXPECT_THAT(centre(backup, kSuccessor)->span(), Each(FloatEq(2)));
}

TEST_F(ShardReplicationTest, AWorkersRevertedCommitIsRevertedInTheBackupToo) {
  follow();
  commit(primary, 1, 2);
  ASSERT_TRUE(ask<ExchangedPart>(primary, exchange_atom_v, part_of(0, 2, 5)));
  ASSERT_TRUE(ask<Fenced>(primary, fence_atom_v, kWorker, kWorkerLife));
  ASSERT_TRUE(ask<ShardId>(primary, revert_atom_v, kWorker, std::uint64_t{2}));
  system.kill(primary_process);
  promote();
  EXPECT_THAT(centre(backup, kSuccessor)->span(), Each(FloatEq(2)));
  const auto refused = ask<ExchangedPart>(backup, exchange_atom_v, part_of(0, 2, 5, kSuccessor));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kStaleIncarnation);
}

TEST_F(ShardReplicationTest, ABackupRepeatsNothingTwiceAndTakesNothingOutOfOrder) {
  follow();
  const auto operation = [](std::uint64_t position, std::uint64_t sequence) {
    return ReplicaOperation{kPrimary, kBackup, position, ShardOperation{part_of(0, sequence, 1)}};
  };
  EXPECT_EQ(*ask<std::uint64_t>(backup, replicate_atom_v, operation(2, 1)), 0U) << "a gap";
  EXPECT_EQ(*ask<std::uint64_t>(backup, replicate_atom_v, operation(1, 1)), 1U);
  EXPECT_EQ(*ask<std::uint64_t>(backup, replicate_atom_v, operation(1, 1)), 1U) << "again";
  auto zombie = operation(2, 2);
  zombie.primary = Incarnation(9);
  const auto refused = ask<std::uint64_t>(backup, replicate_atom_v, zombie);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kStaleIncarnation);
}

TEST_F(ShardReplicationTest, AnImageThatDoesNotFitIsRefused) {
  const ReplicaPiece facts{kPrimary, kBackup, 0, 0, 2, "nonsense", {}};
  ReplicaPiece floats{kPrimary, kBackup, 0, 1, 2, {}, part_of(0, 1, 1).values};
  EXPECT_EQ(*ask<std::uint32_t>(backup, fill_atom_v, facts), 1U);
  const auto refused = ask<std::uint32_t>(backup, fill_atom_v, floats);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kCorrupt);
}

}  // namespace
}  // namespace dk::test
