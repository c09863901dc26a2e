// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/stored_checkpoints.hpp"

#include "actors/chunk_store_actor.hpp"
#include "actors/error.hpp"
#include "actors/node_agent.hpp"
#include "actors/runtime_config.hpp"
#include "base/checksum.hpp"
#include "storage/key_value_store.hpp"

#include <caf/all.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace dk::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr JobId kJob{7};
constexpr std::uint64_t kFloats = 6;

/// A supervisor with a job that has ended, and two machines with its chunks: each checkpoint is two
/// chunks of three floats, all of the checkpoint's own number.
class StoredCheckpointsTest : public ::testing::Test {
 protected:
  StoredCheckpointsTest() {
    journal = spawn_blocking(system, journal_actor, state, log);
    supervisor = system.spawn(supervisor_actor, SupervisorConfig{"cluster", "a", journal, {}, {}});
    for (const auto* name : {"a", "b"}) {
      bytes[name] = storage::make_memory_key_value_store();
      stores[name] = storage::make_chunk_store(bytes[name]);
      NodeAgentConfig agent;
      agent.name = name;
      agent.supervisor = {{}, 0, caf::actor_cast<caf::strong_actor_ptr>(supervisor)};
      chunks[name] = spawn_blocking(system, chunk_store_actor, stores[name]);
      agent.chunks = chunks[name];
      agents[name] = system.spawn(node_agent, std::move(agent));
      while (machines() < agents.size()) {
      }
    }
    for (const std::uint64_t number : {1, 2, 3}) add_checkpoint(number);
  }
  ~StoredCheckpointsTest() override {
    caf::anon_send_exit(supervisor, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(journal, caf::exit_reason::user_shutdown);
    for (const auto& [name, agent] : agents)
      caf::anon_send_exit(agent, caf::exit_reason::user_shutdown);
    for (const auto& [name, store] : chunks)
      caf::anon_send_exit(store, caf::exit_reason::user_shutdown);
  }

  std::size_t machines() {
    std::size_t count = 0;
    caf::scoped_actor self(system);
    self->request(supervisor, caf::infinite, store_atom_v)
        .receive([&](const ClusterNodes& nodes) { count = nodes->size(); },
                 [](const caf::error&) {});
    return count;
  }
  void add_checkpoint(std::uint64_t number) {
    const std::vector<float> values(kFloats / 2, static_cast<float>(number));
    const auto content = std::as_bytes(std::span(values));
    storage::Manifest manifest;
    manifest.job = kJob;
    manifest.checkpoint = CheckpointId(number);
    manifest.parameter_count = kFloats;
    manifest.updates_applied = 10 * number;
    for (const std::uint64_t offset : {std::uint64_t{0}, kFloats / 2}) {
      for (const auto& [name, store] : stores)
        ASSERT_TRUE(store->put({kJob, manifest.checkpoint, offset}, content));
      manifest.chunks.push_back({offset, kFloats / 2, checksum(content), {"a", "b"}});
    }
    storage::StateBatch batch;
    batch.put_manifest(manifest);
    batch.append_event(
        kJob, number,
        fmt::format(R"({{"event":"checkpoint","checkpoint":{},"loss":0.5}})", number));
    ASSERT_TRUE(state->commit(batch));
  }
  /// Flips a bit of the chunk's bytes as they lie on this machine.
  void flip(const std::string& node, std::uint64_t checkpoint, std::uint64_t offset) {
    std::string key;
    for (const auto part : {kJob.value, checkpoint, offset}) storage::append_ordered(key, part);
    auto value = *bytes[node]->get(key);
    value.back() ^= std::byte{1};
    ASSERT_TRUE(bytes[node]->write({{storage::KeyValueWrite::Kind::kPut, key, {}, value}}));
  }
  /// Asks with all that is known now.
  StoredCheckpoints stored() { return {system, supervisor, *state, *stores["a"]}; }
  nlohmann::json verify(std::uint64_t number) {
    return *stored().verify(kJob, CheckpointId(number), 0, 100);
  }
  Result<nlohmann::json> prune(std::vector<CheckpointId> ids) {
    return stored().prune(kJob, record, ids);
  }
  std::vector<std::uint64_t> left() {
    std::vector<std::uint64_t> numbers;
    const auto manifests = *state->manifests(kJob);
    for (const auto& manifest : manifests.good) numbers.push_back(manifest.checkpoint.value);
    return numbers;
  }

  nlohmann::json record{{"state", "finished"}, {"final_checkpoint", 2}};
  RuntimeConfig config{RuntimeConfig::Network::kNone};
  caf::actor_system system{config};
  std::shared_ptr<storage::StateStore> state = storage::make_memory_state_store();
  std::shared_ptr<EventLog> log = std::make_shared<EventLog>();
  std::map<std::string, std::shared_ptr<storage::KeyValueStore>> bytes;
  std::map<std::string, std::shared_ptr<storage::ChunkStore>> stores;
  JournalActor journal;
  LocalSupervisorActor supervisor;
  std::map<std::string, ChunkStoreActor> chunks;
  std::map<std::string, LocalNodeAgentActor> agents;
};

TEST_F(StoredCheckpointsTest, ListSaysWhatThereIsNewestFirst) {
  const auto list = *stored().list(kJob, record);
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[0].at("checkpoint"), 3);
  EXPECT_EQ(list[0].at("updates"), 30);
  EXPECT_EQ(list[0].at("bytes"), kFloats * sizeof(float));
  EXPECT_EQ(list[0].at("nodes"), (nlohmann::json{{"a", 2}, {"b", 2}}));
  EXPECT_EQ(list[0].at("loss"), 0.5);
  EXPECT_EQ(list[1].at("result"), true);
  EXPECT_EQ(list[0].at("restart"), false) << "the job has ended";
}

TEST_F(StoredCheckpointsTest, TheNewestIsTheOneThatARestartTakes) {
  record = {{"state", "running"}, {"final_checkpoint", nullptr}};
  const auto list = *stored().list(kJob, record);
  EXPECT_EQ(list[0].at("restart"), true);
  EXPECT_EQ(list[1].at("restart"), false);
}

TEST_F(StoredCheckpointsTest, WhatIsWholeHasNoFaults) {
  const auto found = verify(3);
  EXPECT_TRUE(found.at("faults").empty()) << found.dump();
  EXPECT_TRUE(found.at("lost").empty());
  EXPECT_EQ(found.at("bytes"), 2 * kFloats * sizeof(float));
}

TEST_F(StoredCheckpointsTest, AFlippedBitIsNamedWithJobCheckpointChunkAndNode) {
  flip("b", 3, kFloats / 2);
  const auto found = verify(3);
  ASSERT_EQ(found.at("faults").size(), 1U) << found.dump();
  const auto& fault = found.at("faults").front();
  EXPECT_EQ(fault.at("job"), kJob.value);
  EXPECT_EQ(fault.at("checkpoint"), 3);
  EXPECT_EQ(fault.at("chunk"), kFloats / 2);
  EXPECT_EQ(fault.at("node"), "b");
  EXPECT_EQ(fault.at("code"), "corrupt");
  EXPECT_TRUE(found.at("lost").empty());
}

TEST_F(StoredCheckpointsTest, AChunkWithoutAnyGoodCopyIsLost) {
  flip("a", 3, 0);
  flip("b", 3, 0);
  EXPECT_EQ(verify(3).at("lost"), nlohmann::json::array({0}));
  EXPECT_TRUE(verify(2).at("lost").empty());
}

TEST_F(StoredCheckpointsTest, ACopyOnAMachineThatIsAwayIsAFault) {
  caf::anon_send_exit(agents.at("b"), caf::exit_reason::kill);
  const auto away = [&] {
    const auto found = verify(3);
    return found.at("faults").size() == 2 && found.at("lost").empty();
  };
  while (!away()) {
  }
}

TEST_F(StoredCheckpointsTest, LongOnesAreVerifiedPieceByPiece) {
  const auto first = *stored().verify(kJob, CheckpointId(3), 0, 1);
  EXPECT_EQ(first.at("next"), 1);
  EXPECT_EQ(first.at("ended"), false);
  const auto second = *stored().verify(kJob, CheckpointId(3), 1, 1);
  EXPECT_EQ(second.at("ended"), true);
}

TEST_F(StoredCheckpointsTest, ReadTakesEachChunkFromWhoeverHasItWhole) {
  flip("a", 3, 0);
  flip("b", 3, kFloats / 2);
  auto asker = stored();
  EXPECT_EQ(*asker.read(*asker.find(kJob, CheckpointId(3)), kFloats),
            std::vector<float>(kFloats, 3.0F));
}

TEST_F(StoredCheckpointsTest, ReadNamesTheChunkThatNobodyHasAndWhatWasTried) {
  flip("a", 3, 0);
  flip("b", 3, 0);
  auto asker = stored();
  const auto read = asker.read(*asker.find(kJob, CheckpointId(3)), kFloats);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Errc::kCorrupt);
  EXPECT_THAT(read.error().message, AllOf(HasSubstr("checkpoint 3 of job 7"),
                                          HasSubstr("chunk at 0"), HasSubstr("node b: ")));
}

TEST_F(StoredCheckpointsTest, AnUnknownCheckpointIsAnsweredWithThoseThatThereAre) {
  const auto found = stored().find(kJob, CheckpointId(9));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::kNotFound);
  EXPECT_THAT(found.error().message, HasSubstr("there are: 3, 2, 1"));
}

TEST_F(StoredCheckpointsTest, PrunedCheckpointsAreGoneWithTheirChunks) {
  const auto pruned = prune({CheckpointId(1), CheckpointId(3)});
  ASSERT_TRUE(pruned) << pruned.error().message;
  EXPECT_EQ(left(), std::vector<std::uint64_t>{2});
  for (const auto& [name, store] : stores) {
    while (store->checkpoints(kJob)->size() > 1) {
    }
    EXPECT_EQ(*store->checkpoints(kJob), std::vector{CheckpointId(2)});
  }
}

TEST_F(StoredCheckpointsTest, TheResultOfAJobStays) {
  const auto pruned = prune({CheckpointId(2)});
  ASSERT_FALSE(pruned);
  EXPECT_THAT(pruned.error().message, HasSubstr("it holds the job's result"));
  EXPECT_EQ(left().size(), 3U);
}

TEST_F(StoredCheckpointsTest, TheLastCheckpointStays) {
  record["final_checkpoint"] = nullptr;
  EXPECT_FALSE(prune({CheckpointId(1), CheckpointId(2), CheckpointId(3)}));
  EXPECT_EQ(left().size(), 3U);
}

TEST_F(StoredCheckpointsTest, TheOnlyGoodCheckpointStays) {
  record["final_checkpoint"] = nullptr;
  for (const std::uint64_t number : {2, 3}) {
    for (const auto* node : {"a", "b"}) flip(node, number, 0);
  }
  const auto pruned = prune({CheckpointId(1)});
  ASSERT_FALSE(pruned);
  EXPECT_THAT(pruned.error().message, HasSubstr("damaged: 3, 2"));
  EXPECT_EQ(left().size(), 3U);
  EXPECT_TRUE(prune({CheckpointId(2)})) << "the good one remains";
}

}  // namespace
}  // namespace dk::test
