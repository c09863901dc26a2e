// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/job_fixture.hpp"

namespace dk::test {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// A job that has some checkpoints, some of which are damaged before it needs them.
class JobCheckpointTest : public JobTest {
 protected:
  JobCheckpointTest() {
    job = cluster().submit(tiny.spec);
    run_to_checkpoint(job, 2, 5);
    const auto manifests = cluster().state().manifests(job);
    newest = manifests->good.front().checkpoint.value;
  }

  using Damage = std::function<void(storage::KeyValueWrite& entry)>;
  static void flip(storage::KeyValueWrite& entry) {
    if (!entry.value.empty()) entry.value[entry.value.size() / 2] ^= std::byte{4};
  }
  static void tear(storage::KeyValueWrite& entry) { entry.value.resize(entry.value.size() / 2); }
  static void erase(storage::KeyValueWrite& entry) {
    entry.kind = storage::KeyValueWrite::Kind::kErase;
  }

  /// Every entry whose key starts with `prefix`, job and newest checkpoint.
  void damage(storage::KeyValueStore& store, std::string prefix, const Damage& how) const {
    storage::append_ordered(prefix, job.value);
    storage::append_ordered(prefix, newest);
    storage::KeyValueBatch batch;
    ASSERT_TRUE(store.scan(prefix, storage::after_prefix(prefix), [&](auto key, auto value) {
      batch.push_back({storage::KeyValueWrite::Kind::kPut,
                       std::string(key),
                       {},
                       Bytes(value.begin(), value.end())});
      how(batch.back());
      return true;
    }));
    ASSERT_FALSE(batch.empty());
    ASSERT_TRUE(store.write(batch));
  }

  /// The whole cluster goes down; the newest manifest is damaged meanwhile.
  void restart_with_damaged_manifest(const Damage& how) {
    cluster().kill_supervisor();
    for (const auto* node : {"a", "b"}) cluster().kill_executor(cluster().executor_on(node));
    damage(cluster().state_bytes(), "m", how);
    cluster().start_supervisor();
    ASSERT_TRUE(cluster().finish(job));
    expect_whole(job);
  }
  std::uint64_t restored_from() {
    for (const auto& event : cluster().events(job, "recovery")) {
      if (event.at("action") == "rolled_back") return event.at("checkpoint");
    }
    return 0;
  }
  std::vector<std::string> warnings() { return cluster().texts(job, "warning", "message"); }

  JobId job;
  std::uint64_t newest = 0;
};

TEST_F(JobCheckpointTest, AFlippedBitInTheNewestManifestIsNamedAndTheOneBeforeIsTaken) {
  restart_with_damaged_manifest(flip);
  EXPECT_THAT(warnings(), Contains(HasSubstr(fmt::format("manifest of checkpoint {}", newest))));
  EXPECT_EQ(restored_from(), newest - 1);
}

TEST_F(JobCheckpointTest, ATornManifestIsNamedAndTheOneBeforeIsTaken) {
  restart_with_damaged_manifest(tear);
  EXPECT_THAT(warnings(), Contains(HasSubstr(fmt::format("manifest of checkpoint {}", newest))));
  EXPECT_EQ(restored_from(), newest - 1);
}

TEST_F(JobCheckpointTest, WithoutTheNewestManifestTheOneBeforeIsTaken) {
  restart_with_damaged_manifest(erase);
  EXPECT_EQ(restored_from(), newest - 1);
}

TEST_F(JobCheckpointTest, AnIntactManifestIsTakenWithoutAWarning) {
  restart_with_damaged_manifest([](storage::KeyValueWrite&) {});
  EXPECT_EQ(restored_from(), newest);
  EXPECT_THAT(warnings(), Not(Contains(HasSubstr("refused"))));
}

TEST_F(JobCheckpointTest, ChunksThatAreDamagedOnOneNodeAreTakenFromTheOther) {
  damage(*cluster().node("a").chunk_bytes, "", flip);
  cluster().kill_executor(cluster().executor_on("a"));
  ASSERT_TRUE(cluster().finish(job));
  expect_whole(job);
  EXPECT_EQ(restored_from(), newest);
  EXPECT_THAT(warnings(), Not(Contains(HasSubstr("refused"))));
}

TEST_F(JobCheckpointTest, ChunksThatAreDamagedEverywhereAreNamedAndTheCheckpointBeforeIsTaken) {
  damage(*cluster().node("a").chunk_bytes, "", flip);
  damage(*cluster().node("b").chunk_bytes, "", tear);
  cluster().kill_executor(cluster().executor_on("a"));
  ASSERT_TRUE(cluster().finish(job));
  expect_whole(job);
  EXPECT_THAT(warnings(), Contains(HasSubstr(fmt::format("checkpoint {}, chunk at 0", newest))));
  EXPECT_EQ(cluster().events(job, "recovery").back().at("checkpoint"), newest - 1);
}

}  // namespace
}  // namespace dk::test
