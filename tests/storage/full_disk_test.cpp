// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/chunk_store.hpp"
#include "storage/state_store.hpp"
#include "tests/storage/samples.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>

#include <fstream>

namespace dk::storage {
namespace {

using test::bytes_of;
using test::says;

constexpr std::uintmax_t kMebibyte = std::uintmax_t{1} << 20;
constexpr JobId kJob(7);

/// A disk of 64 MiB, which only this process sees.
class FullDisk : public testing::Test {
 protected:
  // Before the first thread of RocksDB, so that all of them see the same mounts.
  static void SetUpTestSuite() {
    allowed_ = ::unshare(CLONE_NEWNS) == 0 &&
               ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  }
  void SetUp() override {
    if (!allowed_) GTEST_SKIP() << "mounting in a namespace is not allowed here";
    ASSERT_EQ(::mount("tmpfs", disk().c_str(), "tmpfs", 0, "size=64m"), 0);
  }
  void TearDown() override {
    if (allowed_) ::umount2(disk().c_str(), MNT_DETACH);
  }

  [[nodiscard]] std::filesystem::path disk() const { return dir_.path(); }
  /// Another program takes all that is left of it.
  void fill() const {
    std::ofstream file(disk() / "others", std::ios::binary);
    const std::string piece(4096, 'x');
    while (file.write(piece.data(), 4096).flush()) {
    }
  }
  void clear() const { std::filesystem::remove(disk() / "others"); }
  [[nodiscard]] std::uintmax_t available() const {
    return std::filesystem::space(disk()).available;
  }

  static Result<void> commit(StateStore& store, std::uint64_t number) {
    StateBatch batch;
    batch.append_event(kJob, number, std::string(20'000, 'e'));
    return store.commit(batch);
  }
  /// Chunks of a mebibyte under this checkpoint until one is refused.
  static Result<void> put_until_refused(ChunkStore& store, CheckpointId checkpoint) {
    const Bytes data(kMebibyte, std::byte{7});
    for (std::uint64_t chunk = 0; chunk < 100; ++chunk)
      DK_TRY(store.put({kJob, checkpoint, chunk}, data));
    return {};
  }

 private:
  static inline bool allowed_ = false;
  dk::test::TempDir dir_;
};

TEST_F(FullDisk, TheStateStoreRefusesCommitsAndGoesOnWhenThereIsRoomAgain) {
  std::uint64_t incarnation = 0;
  constexpr std::uint64_t kEvents = 10;
  {
    auto store = *open_state_store(disk() / "state");
    for (std::uint64_t i = 0; i < kEvents; ++i) ASSERT_TRUE(commit(*store, i));
    incarnation = store->reserve_incarnations(3)->value;
    fill();
    auto refused = commit(*store, kEvents);
    for (int i = 0; i < 1000 && refused; ++i) refused = commit(*store, kEvents);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::kIo);
    EXPECT_TRUE(says(refused.error(), "space")) << refused.error().message;
    EXPECT_FALSE(commit(*store, kEvents)) << "it is still full";
    EXPECT_GE(store->events(kJob, 0, 100)->size(), kEvents);
    clear();
    for (std::uint64_t i = kEvents; i < 2 * kEvents; ++i) {
      const auto committed = commit(*store, i);
      ASSERT_TRUE(committed) << committed.error().message;
    }
  }
  const auto again = open_state_store(disk() / "state");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ((*again)->events(kJob, 0, 100)->size(), 2 * kEvents);
  EXPECT_GE((*again)->reserve_incarnations(1)->value, incarnation + 3);
}

TEST_F(FullDisk, AFullDiskRefusesAFreshIncarnationAndNeverHandsItOutTwice) {
  auto store = *open_state_store(disk() / "state");
  auto last = *store->reserve_incarnations(1);
  fill();
  for (int i = 0; i < 1000; ++i) {
    const auto next = store->reserve_incarnations(1);
    if (!next) break;
    ASSERT_GT(*next, last);
    last = *next;
  }
  clear();
  EXPECT_GT(*store->reserve_incarnations(1), last);
}

TEST_F(FullDisk, ChunksLeaveRoomForTheStateAndForDroppingThem) {
  auto store = *open_chunk_store(disk() / "chunks");
  ASSERT_TRUE(store->put({kJob, CheckpointId(1), 0}, bytes_of("kept")));
  ASSERT_TRUE(store->sync());
  const auto refused = put_until_refused(*store, CheckpointId(2));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kIo);
  EXPECT_TRUE(says(refused.error(), "no space left")) << refused.error().message;
  EXPECT_GE(available(), 8 * kMebibyte);
  ASSERT_TRUE(store->drop(kJob, CheckpointId(2)));
  EXPECT_TRUE(store->put({kJob, CheckpointId(3), 0}, Bytes(kMebibyte))) << "there is room again";
  ASSERT_TRUE(store->sync());
  EXPECT_EQ(*store->get({kJob, CheckpointId(1), 0}), bytes_of("kept"));
}

TEST_F(FullDisk, ChunksThatAnotherProgramLeftNoRoomForAreWrittenWhenThereIsSome) {
  const Bytes data(kMebibyte, std::byte{7});
  {
    auto store = *open_chunk_store(disk() / "chunks");
    ASSERT_TRUE(store->put({kJob, CheckpointId(1), 0}, data));
    ASSERT_TRUE(store->sync());
    ASSERT_TRUE(store->put({kJob, CheckpointId(2), 0}, data));
    fill();
    const auto refused = store->sync();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::kIo);
    EXPECT_FALSE(store->sync()) << "it is still full";
    EXPECT_EQ(*store->get({kJob, CheckpointId(1), 0}), data);
    clear();
    const auto synced = store->sync();
    ASSERT_TRUE(synced) << synced.error().message;
  }
  auto again = *open_chunk_store(disk() / "chunks");
  EXPECT_EQ(*again->get({kJob, CheckpointId(1), 0}), data);
  EXPECT_EQ(*again->get({kJob, CheckpointId(2), 0}), data);
}

}  // namespace
}  // namespace dk::storage
