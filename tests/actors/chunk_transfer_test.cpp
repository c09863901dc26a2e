// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/chunk_transfer.hpp"

#include "actors/parts.hpp"
#include "tests/support/simulated_cluster.hpp"

#include <caf/all.hpp>
#include <gmock/gmock.h>

#include <numeric>

namespace dk::test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

constexpr JobId kJob{7};
constexpr CheckpointId kCheckpoint{3};
constexpr std::uint64_t kFloats = defaults::kPartFloats + 1000;  // two chunks

/// Two snapshots, one after the other, on the chunk stores of the nodes a and b.
class ChunkTransferTest : public DeterministicTest {
 protected:
  std::vector<NodePeer> homes() {
    std::vector<NodePeer> peers;
    for (const auto* name : {"a", "b"}) {
      peers.push_back(
          {name, {{}, 0, caf::actor_cast<caf::strong_actor_ptr>(cluster.node(name).agent)}});
    }
    return peers;
  }
  ChunkWriterActor begin() {
    ChunkWriterConfig config{kJob, Incarnation(1), kCheckpoint, homes(), {}};
    const Parts parts(kFloats);
    for (const std::uint64_t first : {std::uint64_t{0}, kFloats}) {
      for (std::uint32_t part = 0; part < parts.count(); ++part) {
        const auto offset = first + parts.offset(part);
        auto values = allocate_floats(parts.size(part));
        std::iota(values.get(), values.get() + parts.size(part), static_cast<float>(offset));
        sent.push_back(values);
        config.ranges.push_back({offset, Tensor(std::move(values), parts.size(part))});
      }
    }
    return system->spawn(chunk_writer, std::move(config));
  }
  ChunksWritten write() { return *ask<ChunksWritten>(begin(), put_atom_v); }
  Result<FloatsPtr> read(const ChunksWritten& written, std::uint64_t offset, std::uint64_t count) {
    ChunkReaderConfig config{kJob, kCheckpoint, written.chunks, homes(), offset, count};
    return ask<FloatsPtr>(system->spawn(chunk_reader, std::move(config)), get_atom_v);
  }
  void expect_whole(const Result<FloatsPtr>& floats, std::uint64_t offset, std::uint64_t count) {
    ASSERT_TRUE(floats) << floats.error().message;
    for (std::uint64_t i = 0; i < count; ++i)
      ASSERT_EQ(floats->get()[i], static_cast<float>(offset + i));
  }
  void corrupt(const std::string& node) {
    auto& store = *cluster.node(node).chunk_bytes;
    storage::KeyValueBatch batch;
    ASSERT_TRUE(store.scan("", "\xff", [&](auto key, auto value) {
      batch.push_back({storage::KeyValueWrite::Kind::kPut,
                       std::string(key),
                       {},
                       Bytes(value.begin(), value.end())});
      if (!value.empty()) batch.back().value.back() ^= std::byte{1};
      return true;
    }));
    ASSERT_TRUE(store.write(batch));
  }

  SimulatedCluster cluster{system};
  std::vector<std::weak_ptr<const float>> sent;
};

TEST_F(ChunkTransferTest, WritesEveryChunkToEveryHome) {
  const auto written = write();
  EXPECT_THAT(written.refused, IsEmpty());
  ASSERT_EQ(written.chunks.size(), 4U);
  for (const auto& chunk : written.chunks) EXPECT_THAT(chunk.nodes, ElementsAre("a", "b"));
}

TEST_F(ChunkTransferTest, LetsGoOfARangeAsSoonAsEveryHomeHasIt) {
  const auto writer = begin();
  caf::anon_send(writer, put_atom_v);
  while (!sent.front().expired() && system.step()) {
  }
  EXPECT_FALSE(sent.back().expired()) << "all of them only at the end";
  drain();
  EXPECT_TRUE(sent.back().expired());
}

TEST_F(ChunkTransferTest, RestoresAnyOtherCutOfTheVector) {
  const auto written = write();
  expect_whole(read(written, 0, 2 * kFloats), 0, 2 * kFloats);
  expect_whole(read(written, kFloats - 10, 20), kFloats - 10, 20);
}

TEST_F(ChunkTransferTest, AHomeThatIsGoneIsLeftOut) {
  system.end(caf::actor_cast<caf::strong_actor_ptr>(cluster.node("a").chunks));
  const auto written = write();
  EXPECT_THAT(written.refused, ElementsAre(Pair("a", Not(IsEmpty()))));
  EXPECT_THAT(written.chunks.at(0).nodes, ElementsAre("b"));
}

TEST_F(ChunkTransferTest, WithoutAnyHomeAllAreNamed) {
  for (const auto* name : {"a", "b"})
    system.end(caf::actor_cast<caf::strong_actor_ptr>(cluster.node(name).chunks));
  EXPECT_THAT(write().refused, ElementsAre(Key("a"), Key("b")));
}

TEST_F(ChunkTransferTest, ADamagedChunkIsTakenFromTheOtherHome) {
  const auto written = write();
  corrupt("a");
  expect_whole(read(written, 0, 2 * kFloats), 0, 2 * kFloats);
}

TEST_F(ChunkTransferTest, AChunkThatIsDamagedEverywhereIsNamed) {
  const auto written = write();
  corrupt("a");
  corrupt("b");
  const auto floats = read(written, 0, kFloats);
  ASSERT_FALSE(floats);
  EXPECT_EQ(floats.error().code, Errc::kCorrupt);
  EXPECT_THAT(floats.error().message,
              AllOf(HasSubstr("checkpoint 3, chunk at 0"), HasSubstr("a: "), HasSubstr("b: ")));
}

}  // namespace
}  // namespace dk::test
