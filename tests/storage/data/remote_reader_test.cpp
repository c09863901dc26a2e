// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/remote_reader.hpp"

#include "base/files.hpp"
#include "storage/data/dataset.hpp"
#include "tests/storage/data/source.hpp"

#include <atomic>
#include <cmath>
#include <future>
#include <thread>

namespace dk::storage {
namespace {

using test::Rows;
using ::testing::HasSubstr;

constexpr std::uint64_t kRows = 1000;
constexpr std::size_t kWidth = 784;  // 333 rows in a group: blocks of 333, 333, 333, 1

/// Images of bytes in a file, and a reader of the same rows that has to fetch them.
class RemoteReaderTest : public test::SourceTest {
 protected:
  RemoteReaderTest() {
    std::string pixels(kRows * kWidth, '\0');
    std::string labels(kRows, '\0');
    for (std::size_t i = 0; i < pixels.size(); ++i)
      pixels[i] = static_cast<char>(i * 7 + i / kWidth);
    for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<char>(i % 10);
    config_ = array_files("idx", file("x", test::idx_of({kRows, 28, 28}, pixels)),
                          file("y", test::idx_of({kRows}, labels)));
    local_ = *open(config_);
    source_ = {to_json(config_).dump(),
               describe(config_),
               local_->schema(),
               local_->rows(),
               local_->group_rows(),
               local_->features_are_bytes(),
               false,
               17};
  }

  FetchRows counted() {
    return [this](std::uint64_t first, std::size_t count, std::span<float> x, std::span<float> y) {
      ++fetches_;
      return local_->read(first, count, x, y);
    };
  }
  std::shared_ptr<const Reader> remote() {
    return *make_remote_reader(source_, {counted(), cache_, {}});
  }
  void expect_like_local(const Reader& reader, std::uint64_t first, std::size_t count) {
    const auto got = *read(reader, first, count);
    const auto wanted = *read(*local_, first, count);
    EXPECT_EQ(got.x, wanted.x);
    EXPECT_EQ(got.y, wanted.y);
  }
  std::vector<std::filesystem::path> entries() {
    const auto at = std::filesystem::directory_iterator(dir_ / "cache");
    return {begin(at), end(at)};
  }

  SourceConfig config_;
  std::shared_ptr<const Reader> local_;
  RemoteSource source_;
  CacheDirectory cache_{dir_ / "cache"};
  std::atomic<int> fetches_{0};
};

TEST_F(RemoteReaderTest, GivesWhatTheFilesGiveAndFetchesEachBlockOnce) {
  const auto reader = remote();
  EXPECT_EQ(reader->schema(), local_->schema());
  EXPECT_EQ(reader->group_rows(), local_->group_rows());
  EXPECT_TRUE(reader->features_are_bytes());
  expect_like_local(*reader, 0, kRows);
  EXPECT_EQ(fetches_, 4);
  for (const std::uint64_t first : {999U, 0U, 333U, 500U})
    expect_like_local(*reader, first, std::min<std::uint64_t>(2, kRows - first));
  EXPECT_EQ(fetches_, 4);
}

TEST_F(RemoteReaderTest, FetchesNothingThatAnEarlierRunHasLeftInTheCache) {
  expect_like_local(*remote(), 0, kRows);
  expect_like_local(*remote(), 0, kRows);
  EXPECT_EQ(fetches_, 4);
}

TEST_F(RemoteReaderTest, KeepsBytesAsBytesOnTheDisk) {
  expect_like_local(*remote(), 0, 1);
  ASSERT_EQ(entries().size(), 1U);
  EXPECT_EQ(file_size(entries()[0]), 16 + 333 * (kWidth + sizeof(float)));
}

TEST_F(RemoteReaderTest, FetchesTheRowsOfOtherFilesAnewUnderTheSamePath) {
  expect_like_local(*remote(), 0, 1);
  source_.fingerprint = 18;
  expect_like_local(*remote(), 0, 1);
  EXPECT_EQ(fetches_, 2);
}

TEST_F(RemoteReaderTest, FetchesADamagedEntryAgain) {
  expect_like_local(*remote(), 0, 1);
  const auto entry = entries().at(0);
  auto bytes = *read_file(entry);
  bytes[bytes.size() / 2] ^= 1;
  test::write_text(entry, bytes);
  expect_like_local(*remote(), 0, 1);
  EXPECT_EQ(fetches_, 2);
  test::write_text(entry, bytes.substr(0, 100));
  expect_like_local(*remote(), 0, 1);
  EXPECT_EQ(fetches_, 3);
  expect_like_local(*remote(), 0, 1);
  EXPECT_EQ(fetches_, 3);
}

TEST_F(RemoteReaderTest, StaysWithinTheCachesLimit) {
  const auto block = 16 + 333 * (kWidth + sizeof(float));
  cache_ = CacheDirectory(dir_ / "cache", 2 * block);
  expect_like_local(*remote(), 0, kRows);
  std::uint64_t size = 0;
  for (const auto& entry : entries()) size += file_size(entry);
  EXPECT_LE(size, 2 * block * 17 / 16);
  EXPECT_GT(size, block);
}

TEST_F(RemoteReaderTest, GivesRowsEvenWhenTheCacheCannotBeWrittenAndSaysSoOnce) {
  file("cache", "no directory");
  std::vector<Error> warnings;
  const auto reader = *make_remote_reader(
      source_, {counted(), cache_, [&](const Error& why) { warnings.push_back(why); }});
  expect_like_local(*reader, 0, kRows);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_THAT(warnings[0].message, HasSubstr("cache"));
}

TEST_F(RemoteReaderTest, TwoThreadsThatWantTheSameBlockWaitForOneFetch) {
  std::promise<void> second_is_there;
  auto there = second_is_there.get_future().share();
  const auto slow = [&](std::uint64_t first, std::size_t count, std::span<float> x,
                        std::span<float> y) {
    ++fetches_;
    there.wait();
    return local_->read(first, count, x, y);
  };
  const auto reader = *make_remote_reader(source_, {slow, cache_, {}});
  std::thread one([&] { expect_like_local(*reader, 0, 10); });
  std::thread two([&] {
    second_is_there.set_value();
    expect_like_local(*reader, 20, 10);
  });
  one.join();
  two.join();
  EXPECT_EQ(fetches_, 1);
}

TEST_F(RemoteReaderTest, AFailedFetchSaysWhyAndIsTriedAgainTheNextTime) {
  bool broken = true;
  const auto fetch = [&](std::uint64_t first, std::size_t count, std::span<float> x,
                         std::span<float> y) -> Result<void> {
    if (broken) return fail(Errc::kUnavailable, "node b: gone");
    return local_->read(first, count, x, y);
  };
  const auto reader = *make_remote_reader(source_, {fetch, cache_, {}});
  const auto failed = read(*reader, 0, 1);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "node b: gone");
  broken = false;
  expect_like_local(*reader, 0, 1);
  EXPECT_THAT(reader->where(16), HasSubstr("x (on another node): row 16"));
}

TEST_F(RemoteReaderTest, RefusesValuesThatNoReaderGivesWithTheirRow) {
  float value = 0;
  const auto fetch = [&](std::uint64_t, std::size_t, std::span<float> x,
                         std::span<float>) -> Result<void> {
    x[5 * kWidth + 3] = value;
    return {};
  };
  for (const float bad : {0.5F, -1.0F, 256.0F, std::nanf(""), INFINITY}) {
    value = bad;
    const auto failed = read(**make_remote_reader(source_, {fetch, cache_, {}}), 0, 1);
    ASSERT_FALSE(failed) << bad;
    EXPECT_EQ(failed.error().code, Errc::kCorrupt);
    EXPECT_THAT(failed.error().message, HasSubstr("row 5"));
  }
  EXPECT_FALSE(exists(dir_ / "cache"));
  source_.features_are_bytes = false;
  value = NAN;
  EXPECT_FALSE(read(**make_remote_reader(source_, {fetch, cache_, {}}), 0, 1));
  source_.may_miss = true;
  EXPECT_TRUE(read(**make_remote_reader(source_, {fetch, cache_, {}}), 0, 1));
}

TEST_F(RemoteReaderTest, RefusesASourceThatCannotBe) {
  for (auto change :
       {+[](RemoteSource& s) { s.rows = 0; }, +[](RemoteSource& s) { s.group_rows = 0; },
        +[](RemoteSource& s) { s.schema.features.clear(); },
        +[](RemoteSource& s) {
          s.schema.labels = {{"y", {kMostFetchedFloats + 1}}};
        }}) {
    auto source = source_;
    change(source);
    EXPECT_EQ(make_remote_reader(source, {counted(), cache_, {}}).error().code, Errc::kInvalid);
  }
}

TEST_F(RemoteReaderTest, RowsInLargeOrManySmallGroupsAreFetchedInBlocksOfAboutAMebibyte) {
  source_.group_rows = 100'000;  // all rows are one group: blocks of 2^18 / 785 = 333 rows
  expect_like_local(*remote(), 0, kRows);
  EXPECT_EQ(fetches_.exchange(0), 4);
  source_.group_rows = 1;
  source_.fingerprint = 18;
  expect_like_local(*remote(), 0, kRows);
  EXPECT_EQ(fetches_, 4);
}

TEST_F(RemoteReaderTest, ADatasetIsTheSameWhateverReadsItsRows) {
  for (const std::uint64_t memory : {kDefaultDataMemory, std::uint64_t{1} << 19}) {
    DataConfig config;
    config.source = config_;
    config.memory_bytes = memory;
    const auto local = *Dataset::load(config, cache_);
    const auto far = *Dataset::load(config, cache_, [&](const SourceConfig&, FileAccess) {
      return make_remote_reader(source_, {counted(), cache_, {}});
    });
    EXPECT_EQ(far->group_size(), local->group_size());
    EXPECT_EQ(far->window_groups(), local->window_groups());
    const std::vector<std::uint32_t> samples{3, 999, 400, 4};
    Rows one{std::vector<float>(4 * kWidth), std::vector<float>(4)};
    auto two = one;
    ASSERT_TRUE(BatchReader(*local, 4).read(samples, one.x, one.y));
    ASSERT_TRUE(BatchReader(*far, 4).read(samples, two.x, two.y));
    EXPECT_EQ(one.x, two.x);
    EXPECT_EQ(one.y, two.y);
  }
  EXPECT_EQ(fetches_, 4);
}

}  // namespace
}  // namespace dk::storage
