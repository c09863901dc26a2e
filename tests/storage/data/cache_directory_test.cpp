// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/cache_directory.hpp"

#include "tests/storage/data/files.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

namespace dk::storage {
namespace {

using std::filesystem::path;

class Cache : public testing::Test {
 protected:
  Cache() { test::write_text(dir_ / "source", "12345"); }

  void put(const path& entry, std::size_t size) {
    const auto written = cache_.put(entry, [&](const path& part) -> Result<void> {
      test::write_text(part, std::string(size, 'x'));
      return {};
    });
    ASSERT_TRUE(written) << written.error().message;
  }
  void age(const path& entry, int hours) {
    last_write_time(entry,
                    std::filesystem::file_time_type::clock::now() - std::chrono::hours(hours));
  }
  path entry(const char* what) { return *cache_.entry(dir_ / "source", what); }

  dk::test::TempDir dir_;
  CacheDirectory cache_{dir_ / "cache", 100};
};

TEST_F(Cache, AnEntryBelongsToOneStateOfItsSource) {
  const auto first = entry("index");
  EXPECT_EQ(first, entry("index"));
  EXPECT_NE(first, entry("other"));
  test::write_text(dir_ / "source", "123456");
  EXPECT_NE(first, entry("index"));
  EXPECT_EQ(cache_.entry(dir_ / "gone", "index").error().code, Errc::kNotFound);
}

TEST_F(Cache, TheEntriesUnusedForLongestMakeRoom) {
  put(entry("old"), 40);
  put(entry("used"), 40);
  age(entry("old"), 1);
  age(entry("used"), 2);
  EXPECT_TRUE(cache_.use(entry("used")));
  put(entry("new"), 40);
  EXPECT_FALSE(cache_.use(entry("old")));
  EXPECT_TRUE(cache_.use(entry("used")));
  EXPECT_TRUE(cache_.use(entry("new")));
}

TEST_F(Cache, AFailedEntryLeavesNothingBehind) {
  const auto failed = cache_.put(entry("x"), [](const path& part) -> Result<void> {
    test::write_text(part, "half");
    return fail(Errc::kCorrupt, "cut off");
  });
  EXPECT_EQ(failed.error(), (Error{Errc::kCorrupt, "cut off"}));
  EXPECT_TRUE(std::filesystem::is_empty(dir_ / "cache"));
}

}  // namespace
}  // namespace dk::storage
