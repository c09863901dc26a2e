// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/state_store.hpp"

#include "tests/storage/samples.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <thread>

namespace dk::storage {
namespace {

using test::bytes_of;
using test::sample_manifest;
using test::says;
using test::text_of;

constexpr JobId kJob(7);

/// The same contract for every home of the state.
class StateStoreContract : public testing::TestWithParam<bool> {
 protected:
  StateStoreContract() {
    if (!GetParam()) entries_ = make_memory_key_value_store();
    reopen();
  }

  /// What a restart of the supervisor sees.
  void reopen() {
    store_.reset();
    if (GetParam()) {
      entries_.reset();
      entries_ = *open_rocksdb_key_value_store(dir_ / "state", KeyValueProfile::kState);
    }
    store_ = *make_state_store(entries_);
  }

  /// Flips a bit in the value of every key in [from, end).
  void damage(const std::string& from, const std::string& end) {
    KeyValueBatch batch;
    ASSERT_TRUE(
        entries_->scan(from, end, [&](std::string_view key, std::span<const std::byte> value) {
          Bytes bad(value.begin(), value.end());
          bad.back() ^= std::byte{1};
          batch.push_back({KeyValueWrite::Kind::kPut, std::string(key), {}, std::move(bad)});
          return true;
        }));
    ASSERT_FALSE(batch.empty());
    ASSERT_TRUE(entries_->write(batch));
  }

  dk::test::TempDir dir_;
  std::shared_ptr<KeyValueStore> entries_;
  std::unique_ptr<StateStore> store_;
};

INSTANTIATE_TEST_SUITE_P(Homes, StateStoreContract, testing::Bool(),
                         [](const auto& home) { return home.param ? "Rocksdb" : "Memory"; });

TEST_P(StateStoreContract, EverythingCommittedIsThereAfterReopening) {
  StateBatch batch;
  batch.put_job(JobId(300), bytes_of("later"));
  batch.put_job(kJob, bytes_of("record"));
  batch.put_ledger(kJob, bytes_of("ledger"));
  batch.put_value("cluster", bytes_of("value"));
  batch.put_manifest(sample_manifest(kJob, CheckpointId(1)));
  ASSERT_TRUE(store_->commit(batch));
  reopen();
  const auto jobs = *store_->jobs();
  ASSERT_EQ(jobs.size(), 2U);
  EXPECT_EQ(jobs[0].first, kJob);
  EXPECT_EQ(text_of(jobs[0].second), "record");
  EXPECT_EQ(jobs[1].first, JobId(300));
  EXPECT_EQ(text_of(**store_->ledger(kJob)), "ledger");
  EXPECT_EQ(text_of(**store_->value("cluster")), "value");
  EXPECT_EQ(store_->manifests(kJob)->good.at(0), sample_manifest(kJob, CheckpointId(1)));
}

TEST_P(StateStoreContract, WhatWasNeverPutIsNothingAndNoError) {
  EXPECT_TRUE(store_->jobs()->empty());
  EXPECT_EQ(*store_->ledger(kJob), std::nullopt);
  EXPECT_EQ(*store_->value("cluster"), std::nullopt);
  EXPECT_TRUE(store_->events(kJob, 0, 10)->empty());
  EXPECT_TRUE(store_->manifests(kJob)->good.empty());
}

TEST_P(StateStoreContract, EventsComeInOrderFromANumberUpToALimit) {
  StateBatch batch;
  for (std::uint64_t number = 0; number < 300; ++number) {
    batch.append_event(kJob, number, std::to_string(number));
  }
  batch.append_event(JobId(8), 0, "another job's");
  ASSERT_TRUE(store_->commit(batch));
  EXPECT_EQ(*store_->events(kJob, 254, 3), (std::vector<std::string>{"254", "255", "256"}));
  EXPECT_EQ(store_->events(kJob, 0, 1000)->size(), 300U);
  EXPECT_TRUE(store_->events(kJob, 0, 0)->empty());
}

TEST_P(StateStoreContract, ManifestsComeNewestFirstAndErasedOnesAreGone) {
  StateBatch batch;
  for (const std::uint64_t checkpoint : {2, 256, 1, 3}) {
    batch.put_manifest(sample_manifest(kJob, CheckpointId(checkpoint)));
  }
  batch.erase_manifest(kJob, CheckpointId(3));
  ASSERT_TRUE(store_->commit(batch));
  std::vector<std::uint64_t> order;
  const auto found = *store_->manifests(kJob);
  for (const auto& manifest : found.good) {
    order.push_back(manifest.checkpoint.value);
  }
  EXPECT_EQ(order, (std::vector<std::uint64_t>{256, 2, 1}));
}

TEST_P(StateStoreContract, AnErasedJobLeavesNothingAndOthersWhole) {
  constexpr JobId kOther{kJob.value + 1};
  StateBatch batch;
  for (const auto job : {kJob, kOther}) {
    batch.put_job(job, bytes_of("record"));
    batch.put_ledger(job, bytes_of("ledger"));
    for (std::uint64_t number = 0; number < 300; ++number) batch.append_event(job, number, "{}");
  }
  batch.put_value("name", bytes_of("value"));
  ASSERT_TRUE(store_->commit(batch));
  StateBatch erasure;
  erasure.erase_job(kJob, 300);
  erasure.erase_value("name");
  ASSERT_TRUE(store_->commit(erasure));
  EXPECT_FALSE(*store_->job(kJob));
  EXPECT_FALSE(*store_->ledger(kJob));
  EXPECT_FALSE(*store_->value("name"));
  EXPECT_TRUE(store_->events(kJob, 0, 1000)->empty());
  EXPECT_TRUE(*store_->job(kOther));
  EXPECT_TRUE(*store_->ledger(kOther));
  EXPECT_EQ(store_->events(kOther, 0, 1000)->size(), 300U);
}

TEST_P(StateStoreContract, ADamagedManifestIsNamedAndTheOneBeforeIsTaken) {
  StateBatch batch;
  batch.put_manifest(sample_manifest(kJob, CheckpointId(1)));
  batch.put_manifest(sample_manifest(kJob, CheckpointId(2)));
  ASSERT_TRUE(store_->commit(batch));
  std::string newest = "m";
  append_ordered(newest, kJob.value);
  append_ordered(newest, 2);
  damage(newest, after_prefix(newest));
  const auto found = *store_->manifests(kJob);
  ASSERT_EQ(found.good.size(), 1U);
  EXPECT_EQ(found.good[0].checkpoint, CheckpointId(1));
  ASSERT_EQ(found.refused.size(), 1U);
  EXPECT_NE(found.refused[0].find("manifest of checkpoint 2 of job 7"), std::string::npos);
}

TEST_P(StateStoreContract, AManifestUnderAnothersKeyIsRefused) {
  std::string key = "m";
  append_ordered(key, kJob.value);
  append_ordered(key, 2);
  const auto other = encode(sample_manifest(JobId(9), CheckpointId(2)));
  ASSERT_TRUE(entries_->write({{KeyValueWrite::Kind::kPut, key, std::string(), other}}));
  const auto found = *store_->manifests(kJob);
  EXPECT_TRUE(found.good.empty());
  ASSERT_EQ(found.refused.size(), 1U);
  EXPECT_NE(found.refused[0].find("it is the manifest of checkpoint 2 of job 9"),
            std::string::npos);
}

TEST_P(StateStoreContract, AManifestWithAGapSpoilsItsWholeBatch) {
  auto manifest = sample_manifest(kJob, CheckpointId(1));
  manifest.chunks.pop_back();
  StateBatch batch;
  batch.put_job(kJob, bytes_of("record"));
  batch.put_manifest(manifest);
  EXPECT_EQ(store_->commit(batch).error().code, Errc::kInvalid);
  EXPECT_TRUE(store_->jobs()->empty());
}

TEST_P(StateStoreContract, DamagedRecordsAreCorruptAndNamed) {
  StateBatch batch;
  batch.put_job(kJob, bytes_of("record"));
  batch.put_ledger(kJob, bytes_of("ledger"));
  batch.append_event(kJob, 12, "{}");
  batch.put_value("cluster", bytes_of("value"));
  ASSERT_TRUE(store_->commit(batch));
  damage("e", "w");
  const auto expect_named = [](const auto& result, std::string_view name) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::kCorrupt);
    EXPECT_TRUE(says(result.error(), name)) << result.error().message;
  };
  expect_named(store_->jobs(), "record of job 7");
  expect_named(store_->ledger(kJob), "ledger of job 7");
  expect_named(store_->events(kJob, 0, 10), "event 12 of job 7");
  expect_named(store_->value("cluster"), "value \"cluster\"");
}

TEST_P(StateStoreContract, IncarnationsAndJobIdsAreNeverHandedOutTwice) {
  EXPECT_EQ(*store_->reserve_incarnations(10), Incarnation(1));
  EXPECT_EQ(*store_->next_job_id(), JobId(1));
  reopen();
  EXPECT_EQ(*store_->reserve_incarnations(1), Incarnation(11));
  EXPECT_EQ(*store_->reserve_incarnations(1), Incarnation(12));
  EXPECT_EQ(*store_->next_job_id(), JobId(2));
}

TEST_P(StateStoreContract, ThreadsNeverGetTheSameIncarnation) {
  std::vector<std::set<Incarnation>> seen(4);
  std::vector<std::jthread> threads;
  for (auto& mine : seen) {
    threads.emplace_back([this, &mine] {
      for (int i = 0; i < 25; ++i) mine.insert(*store_->reserve_incarnations(1));
    });
  }
  threads.clear();
  std::set<Incarnation> all;
  for (const auto& mine : seen) all.insert(mine.begin(), mine.end());
  EXPECT_EQ(all.size(), 100U);
}

TEST_P(StateStoreContract, ADamagedCounterStopsTheOpening) {
  ASSERT_TRUE(store_->reserve_incarnations(10));
  damage("c", "d");
  const auto reopened = make_state_store(entries_);
  ASSERT_FALSE(reopened);
  EXPECT_EQ(reopened.error().code, Errc::kCorrupt);
  EXPECT_TRUE(says(reopened.error(), "counter \"incarnation\""));
}

/// A store whose scans break off after the first entry, as on a damaged block of the disk.
class BreakingStore final : public KeyValueStore {
 public:
  Result<void> write(const KeyValueBatch& batch) override { return whole_->write(batch); }
  Result<void> sync() override { return whole_->sync(); }
  Result<Bytes> get(std::string_view key) override { return whole_->get(key); }
  Result<void> scan(std::string_view from, std::string_view end, const Visitor& visit) override {
    DK_TRY(
        whole_->scan(from, end, [&](auto key, auto value) { return visit(key, value) && false; }));
    return fail(Errc::kCorrupt, "block checksum mismatch");
  }

 private:
  std::shared_ptr<KeyValueStore> whole_ = make_memory_key_value_store();
};

TEST(StateStore, ManifestsBeforeADamagedBlockAreStillFound) {
  const auto store = *make_state_store(std::make_shared<BreakingStore>());
  StateBatch batch;
  batch.put_manifest(sample_manifest(kJob, CheckpointId(1)));
  batch.put_manifest(sample_manifest(kJob, CheckpointId(2)));
  ASSERT_TRUE(store->commit(batch));
  const auto found = *store->manifests(kJob);
  ASSERT_EQ(found.good.size(), 1U);
  EXPECT_EQ(found.refused.at(0), "manifests of job 7 after checkpoint 1: block checksum mismatch");
}

TEST(StateStore, DamageInsideItsLogStopsTheOpening) {
  const dk::test::TempDir dir;
  {
    auto store = *open_state_store(dir.path());
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(store->reserve_incarnations(1));
  }
  std::filesystem::path log;
  for (const auto& file : std::filesystem::directory_iterator(dir.path())) {
    if (file.path().extension() == ".log" && file.file_size() > 100) log = file.path();
  }
  ASSERT_FALSE(log.empty());
  std::fstream(log, std::ios::in | std::ios::out | std::ios::binary).seekp(100) << "damage";
  EXPECT_EQ(open_state_store(dir.path()).error().code, Errc::kCorrupt);
}

}  // namespace
}  // namespace dk::storage
