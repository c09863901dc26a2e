// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/chaos/cluster.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace dk::test {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

/// One daemon whose executors may use 64 MiB.
class MemoryTest : public testing::Test {
 protected:
  MemoryTest()
      : daemon_({DK_NODE_BINARY, "--supervisor", "--name", "a", "--data", dir_ / "a", "--listen",
                 "127.0.0.1:0", "--http", "127.0.0.1:0", "--memory", "64MiB", "--drain-timeout",
                 "0", "--log-format", "json", "--ready-fd", "{ready}"},
                dir_ / "log") {
    const auto ready = nlohmann::json::parse(daemon_.ready_line(20s), nullptr, false);
    if (!ready.is_object()) {
      ADD_FAILURE() << daemon_.output();
      return;
    }
    url_ = "http://" + ready.at("http").get<std::string>();
  }
  ~MemoryTest() override {
    daemon_.signal(SIGTERM);
    EXPECT_EQ(daemon_.wait(10s), 0);
  }
  Finished submit(const std::vector<std::string>& assignments) {
    std::vector<std::string> words{DK_SUBMIT_BINARY, "--supervisor", url_, "submit", DK_CHAOS_JOB};
    for (const auto& assignment : assignments) words.insert(words.end(), {"--set", assignment});
    return run_program(std::move(words), 60s);
  }

  static std::string model_of(int units) {
    return fmt::format(
        "model=[{{Flatten: {{input_shape: [28, 28]}}}}, {{Dense: {{units: {}, activation: "
        "relu}}}}, "
        "{{Dense: {{units: 10, activation: softmax}}}}]",
        units);
  }

  TempDir dir_;
  Process daemon_;
  std::string url_;
};

TEST_F(MemoryTest, AnExecutorThatExceedsItsNodesLimitIsEndedAndNamed) {
  // 15 MiB of weights: the least that a worker needs fits, but not all that it does.
  const auto submitted = submit({model_of(5000)});
  ASSERT_EQ(submitted.code, 0) << submitted.output;
  auto gateway = HttpGateway::open(url_, {});
  ASSERT_TRUE(gateway) << gateway.error().message;
  std::string reason;
  for (std::uint64_t next = 0; reason.empty();) {
    const auto page = (*gateway)->events(JobId(1), next, 20s);
    ASSERT_TRUE(page) << page.error().message;
    ASSERT_FALSE(page->events.empty()) << daemon_.output();
    for (const auto& line : page->events) {
      const auto event = nlohmann::json::parse(line);
      if (event.at("event") == "failure" && reason.empty()) reason = event.at("reason");
    }
    next = page->next;
  }
  EXPECT_THAT(reason, HasSubstr("ended by node a for its memory: it used "));
  EXPECT_THAT(reason, HasSubstr("; limits.memory is 64 MiB"));
  EXPECT_THAT(daemon_.output(), HasSubstr(R"("node":"a","role":"supervisor","message":"executor)"));
}

}  // namespace
}  // namespace dk::test
