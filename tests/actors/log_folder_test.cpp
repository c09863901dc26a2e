// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/log_folder.hpp"

#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>

namespace dk {
namespace {

TEST(LogFolder, KeepsTheLogsThatWereWrittenToLastAndAllOtherFiles) {
  const test::TempDir dir;
  const auto now = std::filesystem::file_time_type::clock::now();
  const auto add = [&](const std::string& name, int minutes_ago) {
    std::ofstream(dir / name) << "x";
    std::filesystem::last_write_time(dir / name, now - std::chrono::minutes(minutes_ago));
  };
  add("job-1-executor-9.log", 4);
  add("job-1-executor-10.log", 1);
  add("job-2-executor-3.log", 2);
  add("job-2-executor-2.1.log", 3);
  add("other.log", 9);
  keep_newest_logs(dir.path(), 2);
  EXPECT_TRUE(std::filesystem::exists(dir / "job-1-executor-10.log"));
  EXPECT_TRUE(std::filesystem::exists(dir / "job-2-executor-3.log"));
  EXPECT_FALSE(std::filesystem::exists(dir / "job-1-executor-9.log"));
  EXPECT_FALSE(std::filesystem::exists(dir / "job-2-executor-2.1.log"));
  EXPECT_TRUE(std::filesystem::exists(dir / "other.log"));
}

TEST(LogFolder, AFolderThatIsNotThereIsNoMatter) {
  keep_newest_logs("/no/such/folder", 1);
}

}  // namespace
}  // namespace dk
