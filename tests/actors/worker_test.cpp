// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/worker.hpp"

#include "actors/algorithms/registry.hpp"
#include "actors/defaults.hpp"
#include "actors/logic/placement.hpp"
#include "actors/shard.hpp"
#include "tests/support/deterministic_system.hpp"
#include "tests/support/tiny_job.hpp"

#include <caf/all.hpp>
#include <gmock/gmock.h>

#include <cstring>
#include <deque>

namespace dk::test {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

enum class Fate { kAnswer, kLoseRequest, kLoseAnswer };

/// A real shard behind a link that loses what the test says.
struct UnreliableShard {
  std::unique_ptr<Shard> shard;
  std::deque<Fate> fates;  ///< of the next exchanges; afterwards all goes well
  std::vector<caf::typed_response_promise<ExchangedPart>> lost;
  std::vector<ExchangedPart> late;  ///< the answers of `lost`, given before the next pull
  ShardActor actor;
  std::size_t exchanges = 0;
};

ShardActor::behavior_type unreliable(ShardActor::pointer self,
                                     std::shared_ptr<UnreliableShard> state) {
  return {[=](exchange_atom, const ExchangePart& part) -> caf::result<ExchangedPart> {
            ++state->exchanges;
            auto fate = Fate::kAnswer;
            if (!state->fates.empty()) {
              fate = state->fates.front();
              state->fates.pop_front();
            }
            if (fate == Fate::kAnswer) return answer(state->shard->exchange(part));
            if (fate == Fate::kLoseAnswer) state->late.push_back(*state->shard->exchange(part));
            state->lost.push_back(self->make_response_promise<ExchangedPart>());
            return state->lost.back();
          },
          [=](pull_atom, Incarnation life, std::uint64_t offset, std::uint64_t count) {
            for (std::size_t i = 0; i < state->late.size(); ++i)
              state->lost[i].deliver(state->late[i]);
            return answer(state->shard->pull(life, offset, count));
          },
          [](replicate_atom, const ReplicaOperation&) -> caf::result<std::uint64_t> {
            return to_caf({Errc::kInternal, "no backup"});
          },
          [](fill_atom, const ReplicaPiece&) -> caf::result<std::uint32_t> {
            return to_caf({Errc::kInternal, "no backup"});
          }};
}

struct Heard {
  std::vector<Done> done;
  std::vector<WorkerFailure> failures;
  std::vector<std::string> notes;
  int replaced = 0;
};

WorkerHomeActor::behavior_type home(WorkerHomeActor::pointer, std::shared_ptr<Heard> heard) {
  return {[=](written_atom, const Done& done) { heard->done.push_back(done); },
          [=](failure_atom, const WorkerFailure& failure) { heard->failures.push_back(failure); },
          [=](put_atom, const WorkerNote& note) { heard->notes.push_back(note.text); },
          [=](exited_atom, WorkerId, Incarnation) { ++heard->replaced; }};
}

class WorkerTest : public DeterministicTest {
 protected:
  static constexpr WorkerId kWorker{1};
  static constexpr Incarnation kLife{5};

  WorkerTest() {
    const auto model = *build_model(tiny.spec);
    model->initialize(tiny.spec.seed);
    initial.assign(model->parameters().begin(), model->parameters().end());
  }

  void start(std::uint32_t shard_count = 1) {
    std::shared_ptr<const Algorithm> algorithm = *make_algorithm(tiny.spec.algorithm, 1);
    std::vector<WorkerShard> where;
    for (const auto& range : cut_into_shards(initial.size(), shard_count)) {
      auto values = allocate_floats(range.count);
      std::memcpy(values.get(), initial.data() + range.offset, range.count * sizeof(float));
      const Incarnation life(100 + range.shard.value);
      auto& link = shards.emplace_back(std::make_shared<UnreliableShard>());
      link->shard =
          std::make_unique<Shard>(ShardConfig{range.shard, life, algorithm, std::move(values),
                                              range.count, range.count, 0, duplicates});
      link->actor = system->spawn(unreliable, link);
      where.push_back({range.shard, life, range.offset, range.count, link->actor});
    }
    const auto data = *storage::Dataset::load(tiny.spec.train);
    worker = system->spawn(worker_actor, std::make_shared<const WorkerConfig>(WorkerConfig{
                                             kWorker,
                                             kLife,
                                             algorithm,
                                             {data->size(), 8, tiny.spec.epochs},
                                             where,
                                             system->spawn(home, heard),
                                             std::make_shared<const JobSpec>(tiny.spec),
                                             data,
                                             alive,
                                             gate,
                                             turns}));
    drain();
  }
  void train(std::vector<std::uint64_t> blocks) {
    caf::anon_send(worker, put_atom_v, Grant{kWorker, kLife, std::move(blocks), 0, 1, 0});
    drain();
  }
  /// The weights that all shards hold together.
  std::vector<float> centre() {
    std::vector<float> all;
    for (const auto& link : shards) {
      const auto snapshot = *link->shard->snapshot();
      for (const auto& part : snapshot->floats)
        all.insert(all.end(), part.span().begin(), part.span().end());
    }
    return all;
  }
  std::shared_ptr<ExchangeGate> gate = std::make_shared<ExchangeGate>();
  std::shared_ptr<Turns> turns;
  /// Grows while the worker gets on.
  std::shared_ptr<std::atomic<std::uint64_t>> alive =
      std::make_shared<std::atomic<std::uint64_t>>(0);
  TinyJob tiny;
  std::vector<float> initial;
  std::vector<std::shared_ptr<UnreliableShard>> shards;
  std::shared_ptr<Heard> heard = std::make_shared<Heard>();
  std::shared_ptr<std::atomic<std::uint64_t>> duplicates =
      std::make_shared<std::atomic<std::uint64_t>>(0);
  WorkerActor worker;
};

/// What blocks 0 and 1 make of the weights when nothing goes wrong.
class UndisturbedRun : public WorkerTest {
 public:
  void TestBody() override {}
  std::vector<float> result(std::uint32_t shard_count) {
    start(shard_count);
    train({0, 1});
    return centre();
  }
};

TEST_F(WorkerTest, WhomAShardAnswersGetsOnThoughItMakesNoStep) {
  start(2);
  EXPECT_EQ(*alive, 2U) << "one part of each shard's weights";
  train({0});
  const auto before = alive->load();
  shards[0]->fates = {Fate::kLoseRequest};
  train({1});
  EXPECT_EQ(*alive, before + 2 + 1) << "two mini-batches, and the part that was answered";
}

TEST_F(WorkerTest, TrainsItsLeasesInOrderAndTellsEachCommitOnce) {
  start();
  train({0, 1, 2});
  ASSERT_THAT(heard->done, SizeIs(3));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(heard->done[i].block, i);
    EXPECT_EQ(heard->done[i].sequence, i + 1);
    EXPECT_EQ(heard->done[i].samples, 8U);
  }
  EXPECT_NE(centre(), initial);
}

TEST_F(WorkerTest, SendsALostCommitAgainAfterTheTimeout) {
  start();
  shards[0]->fates = {Fate::kLoseRequest};
  train({0, 1});
  EXPECT_THAT(heard->done, IsEmpty());
  advance(defaults::kExchangeTimeout);
  EXPECT_THAT(heard->done, SizeIs(2));
  EXPECT_EQ(centre(), UndisturbedRun().result(1));
}

TEST_F(WorkerTest, ACommitWhoseAnswerWasLostIsInOnce) {
  start();
  shards[0]->fates = {Fate::kLoseAnswer, Fate::kLoseAnswer};
  train({0, 1});
  advance(defaults::kExchangeTimeout);
  EXPECT_THAT(heard->done, IsEmpty());
  advance(defaults::kExchangeTimeout);
  EXPECT_THAT(heard->done, IsEmpty()) << "the second time it waits for twice as long";
  advance(defaults::kExchangeTimeout);
  EXPECT_THAT(heard->done, SizeIs(2));
  EXPECT_EQ(shards[0]->exchanges, 4U);
  EXPECT_EQ(*duplicates, 1U);
  EXPECT_EQ(centre(), UndisturbedRun().result(1));
}

TEST_F(WorkerTest, AnAnswerThatComesAfterItsRepeatChangesNothing) {
  start();
  shards[0]->fates = {Fate::kLoseAnswer};
  train({0, 1});
  advance(defaults::kExchangeTimeout);
  EXPECT_TRUE(ask<Tensor>(shards[0]->actor, pull_atom_v, Incarnation(101), std::uint64_t{0},
                          std::uint64_t{1}));
  EXPECT_THAT(heard->done, SizeIs(2));
  EXPECT_EQ(centre(), UndisturbedRun().result(1));
}

TEST_F(WorkerTest, OnlyTheShardThatDidNotAnswerIsAskedAgain) {
  start(2);
  shards[1]->fates = {Fate::kLoseRequest};
  train({0, 1});
  EXPECT_THAT(heard->done, IsEmpty());
  advance(defaults::kExchangeTimeout);
  EXPECT_THAT(heard->done, SizeIs(2));
  EXPECT_EQ(shards[0]->exchanges, 2U);
  EXPECT_EQ(shards[1]->exchanges, 3U);
  EXPECT_EQ(centre(), UndisturbedRun().result(2));
}

TEST_F(WorkerTest, ARenewedHandleGetsWhatWasNotAnswered) {
  start(2);
  shards[1]->fates = {Fate::kLoseAnswer};
  train({0, 1});
  caf::anon_send(worker, shard_atom_v, ShardId(2), Incarnation(102),
                 system->spawn(unreliable, shards[1]));
  drain();
  EXPECT_THAT(heard->done, SizeIs(2));
  EXPECT_EQ(shards[0]->exchanges, 2U);
  EXPECT_EQ(centre(), UndisturbedRun().result(2));
}

TEST_F(WorkerTest, WaitsForItsTurnAndPassesItOn) {
  turns = Turns::of(1);
  auto somebody = turns->ask([] {});
  start();
  train({0, 1});
  EXPECT_THAT(heard->done, SizeIs(0));
  somebody.reset();
  drain();
  EXPECT_THAT(heard->done, SizeIs(2));
  bool free = false;
  somebody = turns->ask([&] { free = true; });
  EXPECT_TRUE(free);
}

TEST_F(WorkerTest, BeginsItsTurnWithTheCentreOfThatMoment) {
  turns = Turns::of(1);
  auto somebody = turns->ask([] {});
  start();
  train({0});
  auto values = allocate_floats(initial.size());
  // Whatever it sees, it says class 0: its bias is far above the others'.
  std::ranges::fill_n(values.get(), static_cast<std::ptrdiff_t>(initial.size()), 0.0F);
  values.get()[initial.size() - 3] = 1000.0F;
  ASSERT_TRUE(shards[0]->shard->exchange({WorkerId(2), Incarnation(6), Incarnation(101), 1, 1, 0, 1,
                                          0, Tensor(values, initial.size())}));
  somebody.reset();
  drain();
  ASSERT_THAT(heard->done, SizeIs(1));
  EXPECT_GT(heard->done[0].loss_sum, 40.0) << "trained with weights that are far off";
}

TEST_F(WorkerTest, EndsItselfWhenItHasBeenReplaced) {
  start();
  shards[0]->shard->fence(kWorker, kLife);
  train({0, 1});
  EXPECT_EQ(heard->replaced, 1);
  EXPECT_THAT(heard->failures, IsEmpty());
  EXPECT_THAT(heard->done, IsEmpty());
  EXPECT_FALSE(ask<Held>(worker, drain_atom_v)) << "it lives";
}

TEST_F(WorkerTest, StandsStillBehindTheExchangeThatIsUnderWay) {
  start();
  shards[0]->fates = {Fate::kLoseAnswer};
  train({0, 1});
  EXPECT_EQ(gate->close(), 1U) << "what is under way";
  advance(defaults::kExchangeTimeout);
  EXPECT_THAT(heard->done, SizeIs(1)) << "it ends, and no other begins";
  EXPECT_EQ(shards[0]->exchanges, 2U);
  gate->open();
  caf::anon_send(worker, resume_atom_v);
  drain();
  EXPECT_THAT(heard->done, SizeIs(2));
  EXPECT_EQ(centre(), UndisturbedRun().result(1));
}

TEST_F(WorkerTest, TrainsUpToItsExchangeWhileTheGateIsClosed) {
  start();
  EXPECT_EQ(gate->close(), 0U);
  train({0, 1});
  EXPECT_EQ(shards[0]->exchanges, 0U);
  EXPECT_EQ(gate->close(), 0U) << "nothing has begun";
  gate->open();
  caf::anon_send(worker, resume_atom_v);
  drain();
  EXPECT_THAT(heard->done, SizeIs(2));
}

TEST_F(WorkerTest, AWordOfAnEarlierOpeningLetsNothingThroughAClosedGate) {
  start();
  gate->close();
  train({0, 1});
  caf::anon_send(worker, resume_atom_v);
  drain();
  EXPECT_EQ(shards[0]->exchanges, 0U);
}

TEST_F(WorkerTest, LeavesOnceTheBlockAtHandIsInEveryShardAndTakesNoOther) {
  start(2);
  shards[1]->fates = {Fate::kLoseAnswer};
  train({0, 1});
  auto left = system.self()->request(worker, caf::infinite, drain_atom_v);
  drain();
  EXPECT_FALSE(system.self()->has_next_message()) << "a shard has not answered yet";
  advance(defaults::kExchangeTimeout);
  left.receive([](const Held& held) { EXPECT_EQ(held.sequence, 1U); },
               [](const caf::error& why) { FAIL() << to_string(why); });
  train({2});
  EXPECT_THAT(heard->done, SizeIs(1));
}

}  // namespace
}  // namespace dk::test
