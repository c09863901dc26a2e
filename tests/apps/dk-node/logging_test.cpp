// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-node/logging.hpp"

#include "base/files.hpp"
#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

namespace dk {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class LoggingTest : public testing::Test {
 protected:
  ~LoggingTest() override { spdlog::set_default_logger(before_); }
  void start(LogSettings settings, const LogSource& source = {"b", "executor", 3, 17}) {
    settings.file = dir_ / "x.log";
    const auto begun = start_logging(settings, source);
    EXPECT_TRUE(begun) << begun.error().message;
  }
  [[nodiscard]] std::string text(const std::string& name = "x.log") const {
    return read_file(dir_ / name).value_or("");
  }
  std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
  test::TempDir dir_;
};

TEST_F(LoggingTest, JsonHasAnObjectPerLineThatSaysWhoseItIs) {
  start({.format = "json"});
  spdlog::warn("worker 5 says \"no\"\n");
  const auto line = json::parse(text());
  EXPECT_EQ(line.at("level"), "warn");
  EXPECT_EQ(line.at("node"), "b");
  EXPECT_EQ(line.at("role"), "executor");
  EXPECT_EQ(line.at("job"), 3);
  EXPECT_EQ(line.at("executor"), 17);
  EXPECT_EQ(line.at("worker"), 5);
  EXPECT_EQ(line.at("message"), "worker 5 says \"no\"\n");
}

TEST_F(LoggingTest, TimeIsUtcWithMilliseconds) {
  const auto line = json_log_line({"n", "node"}, 1'000'000'000'007, "info", "worker bees");
  EXPECT_EQ(line, R"({"time":"2001-09-09T01:46:40.007Z","level":"info","node":"n","role":"node",)"
                  R"("message":"worker bees"})");
}

TEST_F(LoggingTest, TextIsForPeopleAndTheLevelLeavesOutTheRest) {
  start({.level = "warn"});
  spdlog::info("not this");
  spdlog::warn("this");
  EXPECT_THAT(text(), HasSubstr(" warning this\n"));
  EXPECT_THAT(text(), testing::Not(HasSubstr("not this")));
}

TEST_F(LoggingTest, FilesRotateBySizeAndTheOldestGoes) {
  start({.max_bytes = 4096, .keep = 2});
  for (int i = 0; i < 1000; ++i) spdlog::info("a line of some length, number {}", i);
  EXPECT_LE(text().size(), 4096U);
  EXPECT_LE(text("x.2.log").size(), 4096U);
  EXPECT_NE(text("x.2.log"), "");
  EXPECT_FALSE(std::filesystem::exists(dir_ / "x.3.log"));
  EXPECT_THAT(text() + text("x.1.log"), HasSubstr("number 999\n"));
}

TEST_F(LoggingTest, AFileThatCannotBeWrittenIsNamed) {
  const auto begun = start_logging({.file = "/proc/no/such.log"}, {"b", "node"});
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().code, Errc::kIo);
  EXPECT_THAT(begun.error().message, HasSubstr("log.file /proc/no/such.log"));
}

TEST_F(LoggingTest, SettingsReachAnExecutorAndGarbageDoesNot) {
  const LogSettings settings{"debug", "json", "/d/logs", 4096, 2};
  const auto read = executor_log_from_json(to_json(settings, "b"));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(to_json(read->settings, read->node), to_json(settings, "b"));
  EXPECT_FALSE(executor_log_from_json("{"));
}

}  // namespace
}  // namespace dk
