// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/last_words.hpp"

#include "base/files.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

namespace dk {
namespace {

class EndOfLog : public testing::Test {
 protected:
  std::vector<std::string> end_of(const std::string& text) {
    EXPECT_TRUE(write_file_atomic(dir / "log", std::as_bytes(std::span(text))));
    return end_of_log(dir / "log");
  }

  test::TempDir dir;
};

TEST(LastWords, AReasonAndLinesComeBackAsTheyWere) {
  const LastWords words{"killed by signal 6 (Aborted)", {"one", "two"}};
  const auto back = LastWords::split(words.joined());
  EXPECT_EQ(back.reason, words.reason);
  EXPECT_EQ(back.log, words.log);
}

TEST(LastWords, AReasonAloneHasNoLog) {
  EXPECT_EQ(LastWords{"exited with 3"}.joined(), "exited with 3");
  EXPECT_TRUE(LastWords::split("exited with 3").log.empty());
}

TEST(LastWords, ATextOfAnotherNodeIsBounded) {
  std::string text = "reason";
  for (int i = 0; i < 1000; ++i) text += "\nline";
  EXPECT_EQ(LastWords::split(text).log.size(), LastWords::kMostLines);
  const auto words = LastWords::split("reason\n" + std::string(1 << 20, 'x'));
  EXPECT_EQ(words.log.front().size(), LastWords::kMostBytes);
}

TEST_F(EndOfLog, HasTheLastLinesAndTheOneThatWasNotEnded) {
  EXPECT_EQ(end_of("a\nb\n"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(end_of("a\nterminate called"), (std::vector<std::string>{"a", "terminate called"}));
  EXPECT_TRUE(end_of("").empty());
}

TEST_F(EndOfLog, HasWholeLinesOfALongFile) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "line " + std::to_string(i) + "\n";
  const auto lines = end_of(text);
  EXPECT_EQ(lines.size(), LastWords::kMostLines);
  EXPECT_EQ(lines.front(), "line 9988");
  EXPECT_EQ(lines.back(), "line 9999");
}

TEST_F(EndOfLog, OfAFileThatIsNotThereIsNothing) {
  EXPECT_TRUE(end_of_log(dir / "none").empty());
}

}  // namespace
}  // namespace dk
