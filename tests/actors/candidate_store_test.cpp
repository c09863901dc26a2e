// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/candidate_store.hpp"

#include "storage/state_store.hpp"

#include <gmock/gmock.h>

namespace dk {
namespace {

using storage::KeyValueBatch;
using storage::KeyValueWrite;
using ::testing::HasSubstr;

KeyValueWrite put(const std::string& key, const std::string& value) {
  const auto bytes = std::as_bytes(std::span(value));
  return {KeyValueWrite::Kind::kPut, key, {}, Bytes(bytes.begin(), bytes.end())};
}

class CandidateStoreTest : public ::testing::Test {
 protected:
  CandidateStoreTest() { reopen(); }
  void reopen() { store = *CandidateStore::open(entries); }
  std::string value(const std::string& key) {
    const auto found = entries->get(key);
    if (!found) return "-";
    return {reinterpret_cast<const char*>(found->data()), found->size()};
  }
  Result<void> write(std::uint64_t index, const KeyValueBatch& batch) {
    const ConsensusEntry entry{{1, index}, encode_changes(batch), {}};
    return store->write(std::span(&entry, 1), facts(index));
  }
  static ConsensusFacts facts(std::uint64_t index) {
    return {3, "b", {1, index}, {{"a", 7, "127.0.0.1", 7301, "127.0.0.1:7300"}}};
  }

  std::shared_ptr<storage::KeyValueStore> entries = storage::make_memory_key_value_store();
  std::unique_ptr<CandidateStore> store;
};

TEST_F(CandidateStoreTest, KeepsWhatACandidateMustNotForget) {
  const auto seat = store->seat();
  EXPECT_NE(seat, 0U);
  ASSERT_TRUE(store->write({}, facts(5)));
  reopen();
  EXPECT_EQ(store->seat(), seat);
  EXPECT_EQ(store->facts().term, 3U);
  EXPECT_EQ(store->facts().vote, "b");
  EXPECT_EQ(store->facts().position, (ConsensusPosition{1, 5}));
  EXPECT_EQ(store->facts().members, facts(5).members);
}

TEST_F(CandidateStoreTest, AppliesEntriesTogetherWithTheirPosition) {
  ASSERT_TRUE(write(1, {put("ja", "1"), put("jb", "2")}));
  ASSERT_TRUE(write(2, {{KeyValueWrite::Kind::kErase, "ja", {}, {}}, put("jb", "3")}));
  EXPECT_EQ(value("ja"), "-");
  EXPECT_EQ(value("jb"), "3");
  reopen();
  EXPECT_EQ(store->facts().position.index, 2U);
}

TEST_F(CandidateStoreTest, AnImageIsTheWholeStateButForWhatIsOneMachinesAlone) {
  ASSERT_TRUE(write(1, {put("ja", "1"), put("jb", "2")}));
  ASSERT_TRUE(entries->write({put("vport/listen", "7301")}));
  const auto image = store->image();
  ASSERT_TRUE(image);

  const auto mine = entries;
  entries = storage::make_memory_key_value_store();
  reopen();
  const auto seat = store->seat();
  ASSERT_TRUE(entries->write({put("jold", "x"), put("vport/listen", "9")}));
  ASSERT_TRUE(store->replace(*image, facts(1)));
  EXPECT_EQ(value("ja") + value("jb"), "12");
  EXPECT_EQ(value("jold"), "-") << "a history that is not the leader's is gone";
  EXPECT_EQ(value("vport/listen"), "9");
  reopen();
  EXPECT_EQ(store->seat(), seat);
  EXPECT_EQ(store->facts().position.index, 1U);
}

TEST_F(CandidateStoreTest, RefusesChangesThatAreNotWholeAndWritesNothing) {
  const auto good = encode_changes({put("ja", "1"), put("jb", "2")});
  for (std::size_t size = 1; size < good.size(); ++size) {
    const ConsensusEntry entry{{1, 1}, good.substr(0, size), {}};
    const auto written = store->write(std::span(&entry, 1), facts(1));
    ASSERT_FALSE(written) << size;
    EXPECT_EQ(written.error().code, Errc::kCorrupt);
  }
  EXPECT_EQ(value("ja"), "-");
  EXPECT_FALSE(store->replace(good + "x", facts(1)));
}

TEST_F(CandidateStoreTest, NobodyWritesAnotherCandidatesVote) {
  const auto written = write(1, {put("rcandidate", "{}")});
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("change 0 of 1"));
}

TEST_F(CandidateStoreTest, NamesFactsThatAreDamaged) {
  ASSERT_TRUE(entries->write({put("rcandidate", "rubbish")}));
  const auto opened = CandidateStore::open(entries);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("candidate's facts"));
}

TEST_F(CandidateStoreTest, NumbersThatAnotherSupervisorHasReservedAreNotHandedOutAgain) {
  auto first = *storage::make_state_store(storage::make_memory_key_value_store());
  storage::StateBatch batch;
  EXPECT_EQ(first->reserve_incarnations(10, batch), Incarnation(1));
  EXPECT_EQ(first->next_job_id(batch), JobId(1));
  ASSERT_TRUE(write(1, batch.changes()));
  auto next = *storage::make_state_store(entries);
  EXPECT_EQ(*next->reserve_incarnations(1), Incarnation(11));
  EXPECT_EQ(*next->next_job_id(), JobId(2));
}

}  // namespace
}  // namespace dk
