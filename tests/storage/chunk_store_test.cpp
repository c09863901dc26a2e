// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/chunk_store.hpp"

#include "storage/key_value_store.hpp"
#include "tests/storage/samples.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

namespace dk::storage {
namespace {

using test::bytes_of;
using test::says;
using test::text_of;

constexpr JobId kJob(7);
constexpr CheckpointId kCheckpoint(3);

/// The same contract for every home of the chunks.
class ChunkStoreContract : public testing::TestWithParam<bool> {
 protected:
  ChunkStoreContract() {
    if (GetParam()) {
      entries_ = *open_rocksdb_key_value_store(dir_ / "chunks", KeyValueProfile::kChunks);
    } else {
      entries_ = make_memory_key_value_store();
    }
    store_ = make_chunk_store(entries_);
  }

  void put(CheckpointId checkpoint, std::uint64_t chunk, std::string_view text) {
    ASSERT_TRUE(store_->put({kJob, checkpoint, chunk}, bytes_of(text)));
  }

  /// Key and bytes of a stored chunk as they lie in the store.
  std::pair<std::string, Bytes> stored(const ChunkKey& key) {
    std::string name;
    for (const auto part : {key.job.value, key.checkpoint.value, key.chunk}) {
      append_ordered(name, part);
    }
    return {name, *entries_->get(name)};
  }

  void overwrite(const std::string& name, Bytes bytes) {
    ASSERT_TRUE(
        entries_->write({{KeyValueWrite::Kind::kPut, name, std::string(), std::move(bytes)}}));
  }

  dk::test::TempDir dir_;
  std::shared_ptr<KeyValueStore> entries_;
  std::unique_ptr<ChunkStore> store_;
};

INSTANTIATE_TEST_SUITE_P(Homes, ChunkStoreContract, testing::Bool(),
                         [](const auto& home) { return home.param ? "Rocksdb" : "Memory"; });

TEST_P(ChunkStoreContract, ReturnsTheLastBytesPut) {
  put(kCheckpoint, 0, "first");
  put(kCheckpoint, 0, "second");
  put(kCheckpoint, 5, "");
  ASSERT_TRUE(store_->sync());
  EXPECT_EQ(text_of(*store_->get({kJob, kCheckpoint, 0})), "second");
  EXPECT_TRUE(store_->get({kJob, kCheckpoint, 5})->empty());
}

TEST_P(ChunkStoreContract, KeepsFewFilesOpenHoweverManyJobsThereWere) {
  const auto open_files = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
  };
  const auto before = open_files();
  for (std::uint64_t job = 1; job <= 150; ++job) {
    ASSERT_TRUE(store_->put({JobId(job), kCheckpoint, 0}, bytes_of(std::string(5000, 'x'))));
    ASSERT_TRUE(store_->sync());
  }
  EXPECT_LT(open_files(), before + 200);
  EXPECT_EQ(store_->get({JobId(1), kCheckpoint, 0})->size(), 5000U);
}

TEST_P(ChunkStoreContract, AMissingChunkIsNotFoundAndNamed) {
  const auto missing = store_->get({kJob, kCheckpoint, 4096});
  EXPECT_EQ(missing.error().code, Errc::kNotFound);
  EXPECT_TRUE(says(missing.error(), "chunk 4096 of checkpoint 3 of job 7"));
}

TEST_P(ChunkStoreContract, AFlipOfAnyBitIsCorruptAndNamed) {
  put(kCheckpoint, 1, "weights");
  const auto [name, good] = stored({kJob, kCheckpoint, 1});
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    auto bad = good;
    bad[bit / 8] ^= std::byte{1} << (bit % 8);
    overwrite(name, bad);
    const auto read = store_->get({kJob, kCheckpoint, 1});
    ASSERT_FALSE(read) << "bit " << bit;
    ASSERT_EQ(read.error().code, Errc::kCorrupt) << "bit " << bit;
    ASSERT_TRUE(says(read.error(), "chunk 1 of checkpoint 3 of job 7"));
  }
}

TEST_P(ChunkStoreContract, AChunkTornAtAnyLengthIsCorrupt) {
  put(kCheckpoint, 1, "weights");
  const auto [name, good] = stored({kJob, kCheckpoint, 1});
  for (std::size_t length = 0; length < good.size(); ++length) {
    overwrite(name, {good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length)});
    const auto read = store_->get({kJob, kCheckpoint, 1});
    ASSERT_FALSE(read) << "length " << length;
    ASSERT_EQ(read.error().code, Errc::kCorrupt) << "length " << length;
  }
}

TEST_P(ChunkStoreContract, AChunkUnderAnothersKeyIsCorrupt) {
  put(kCheckpoint, 1, "weights");
  put(kCheckpoint, 2, "WEIGHTS");
  overwrite(stored({kJob, kCheckpoint, 1}).first, stored({kJob, kCheckpoint, 2}).second);
  EXPECT_EQ(store_->get({kJob, kCheckpoint, 1}).error().code, Errc::kCorrupt);
}

TEST_P(ChunkStoreContract, ListsEachCheckpointOnceAscending) {
  put(CheckpointId(300), 0, "c");
  put(CheckpointId(2), 0, "b");
  put(CheckpointId(2), 9, "b");
  put(CheckpointId(1), 7, "a");
  ASSERT_TRUE(store_->put({JobId(8), CheckpointId(5), 0}, bytes_of("other job")));
  EXPECT_EQ(*store_->checkpoints(kJob),
            (std::vector{CheckpointId(1), CheckpointId(2), CheckpointId(300)}));
  EXPECT_TRUE(store_->checkpoints(JobId(9))->empty());
}

TEST_P(ChunkStoreContract, DropForgetsExactlyItsCheckpoint) {
  const CheckpointId last(~std::uint64_t{0});
  for (const auto checkpoint : {CheckpointId(254), CheckpointId(255), CheckpointId(256), last}) {
    put(checkpoint, 0, "x");
  }
  ASSERT_TRUE(store_->drop(kJob, CheckpointId(255)));
  ASSERT_TRUE(store_->drop(kJob, last));
  EXPECT_EQ(store_->get({kJob, CheckpointId(255), 0}).error().code, Errc::kNotFound);
  EXPECT_EQ(*store_->checkpoints(kJob), (std::vector{CheckpointId(254), CheckpointId(256)}));
}

TEST_P(ChunkStoreContract, DropJobsForgetsExactlyTheOldOnesThatAreNotKept) {
  const std::vector<JobId> all{JobId(0), JobId(1), JobId(2), JobId(255), JobId(256), JobId(257)};
  for (const auto job : all) ASSERT_TRUE(store_->put({job, kCheckpoint, 0}, bytes_of("x")));
  // In any order; of jobs that are not here, or newer.
  ASSERT_TRUE(
      store_->drop_jobs(JobId(256), std::vector{JobId(255), JobId(1), JobId(7), JobId(300)}));
  std::vector<JobId> left;
  for (const auto job : all) {
    if (!store_->checkpoints(job)->empty()) left.push_back(job);
  }
  EXPECT_EQ(left, (std::vector{JobId(1), JobId(255), JobId(257)}));
  EXPECT_TRUE(store_->get({JobId(1), kCheckpoint, 0}));
  ASSERT_TRUE(store_->drop_jobs(JobId(1000), {}));
  for (const auto job : all) EXPECT_TRUE(store_->checkpoints(job)->empty()) << job.value;
}

TEST_P(ChunkStoreContract, TakesChunksFromSeveralThreads) {
  std::vector<std::jthread> writers;
  for (std::uint64_t writer = 0; writer < 4; ++writer) {
    writers.emplace_back([this, writer] {
      for (std::uint64_t i = 0; i < 50; ++i) put(kCheckpoint, writer * 50 + i, "x");
    });
  }
  writers.clear();
  for (std::uint64_t chunk = 0; chunk < 200; ++chunk) {
    ASSERT_TRUE(store_->get({kJob, kCheckpoint, chunk})) << chunk;
  }
}

/// The only file in `directory` with this extension.
std::filesystem::path file_of(const std::filesystem::path& directory, const char* extension) {
  for (const auto& file : std::filesystem::directory_iterator(directory)) {
    if (file.path().extension() == extension) return file.path();
  }
  return {};
}

TEST(ChunkStore, ADamagedFileMakesItsChunkCorruptAndHidesNoOther) {
  const dk::test::TempDir dir;
  const Bytes data(100'000, std::byte{7});
  {
    auto store = *open_chunk_store(dir.path());
    ASSERT_TRUE(store->put({kJob, kCheckpoint, 0}, data));
    ASSERT_TRUE(store->put({kJob, kCheckpoint, 1}, data));
    ASSERT_TRUE(store->sync());
  }
  std::fstream(file_of(dir.path(), ".blob"), std::ios::in | std::ios::out | std::ios::binary)
          .seekp(50'000)
      << "damage";
  auto store = *open_chunk_store(dir.path());
  const auto damaged = store->get({kJob, kCheckpoint, 0});
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, Errc::kCorrupt);
  EXPECT_TRUE(says(damaged.error(), "chunk 0 of checkpoint 3 of job 7"));
  EXPECT_EQ(*store->get({kJob, kCheckpoint, 1}), data);
  EXPECT_EQ(*store->checkpoints(kJob), std::vector{kCheckpoint});
}

TEST(ChunkStore, KeepsToItsLimitAndHasRoomAgainForWhatWasDropped) {
  const dk::test::TempDir dir;
  constexpr std::uint64_t kLimit = 8'000'000;
  auto store = *open_chunk_store(dir.path(), kLimit);
  const Bytes data(1'000'000, std::byte{7});
  std::uint64_t written = 0;
  Result<void> put;
  while (written < 20) {
    put = store->put({kJob, CheckpointId(1), written}, data);
    if (!put) break;
    ASSERT_TRUE(store->sync());
    ++written;
  }
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, Errc::kIo);
  EXPECT_TRUE(says(put.error(), "(limits.disk) are used")) << put.error().message;
  EXPECT_GE(written, 6U);
  EXPECT_LE(written, 7U);
  ASSERT_TRUE(store->drop(kJob, CheckpointId(1)));
  EXPECT_TRUE(store->put({kJob, CheckpointId(2), 0}, data));
  EXPECT_TRUE(store->sync());
  EXPECT_EQ(*store->get({kJob, CheckpointId(2), 0}), data);
}

TEST(ChunkStore, DroppedCheckpointsGiveTheirSpaceBack) {
  const dk::test::TempDir dir;
  auto store = *open_chunk_store(dir.path());
  const Bytes data(1'000'000, std::byte{7});
  for (std::uint64_t checkpoint = 1; checkpoint <= 10; ++checkpoint) {
    for (std::uint64_t chunk = 0; chunk < 4; ++chunk) {
      ASSERT_TRUE(store->put({kJob, CheckpointId(checkpoint), chunk}, data));
    }
    ASSERT_TRUE(store->sync());
    ASSERT_TRUE(store->drop(kJob, CheckpointId(checkpoint - 1)));
  }
  std::uintmax_t used = 0;
  for (const auto& file : std::filesystem::directory_iterator(dir.path())) used += file.file_size();
  EXPECT_LT(used, 12'000'000U);
}

}  // namespace
}  // namespace dk::storage
