// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/job_log.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace dk::submit {
namespace {

using nlohmann::json;

const char* const kFailure =
    R"({"event":"failure","time":"2026-01-01T00:00:09.120Z","what":"executor","node":"b",
        "incarnation":9,"pid":4711,"workers":[3,4],"shards":[2],"reason":"killed by signal 9",
        "log":["last line"]})";
const char* const kRecovery =
    R"({"event":"recovery","time":"2026-01-01T00:00:10.000Z","action":"promoted","node":"a",
        "workers":[3],"shards":[2],"updates_lost":0,"seconds":0.8})";
const char* const kProgress = R"({"event":"progress","time":"t","workers":4,"loss":1})";
const char* const kWarning = R"({"event":"warning","time":"t","message":"node b is left out"})";
const char* const kFinished = R"({"event":"finished","time":"t","job":7,"seconds":60})";

std::string printed(const std::vector<const char*>& events, const LogFilter& filter,
                    bool as_json = false) {
  std::ostringstream out;
  std::ostringstream notices;
  const auto view = make_log_view(out, notices, filter, as_json);
  for (const auto* event : events) view->event(event);
  return out.str();
}

TEST(JobLog, ALineHasTimeLevelNodeAndTheProcessesOwnLastLines) {
  EXPECT_EQ(printed({kFailure}, {}),
            "2026-01-01T00:00:09.120Z  error    b: executor lost on b, pid 4711, incarnation 9, "
            "workers 3, 4, shards 2: killed by signal 9\n"
            "    | last line\n");
  EXPECT_EQ(printed({kWarning}, {}),
            "t                         warning  warning: node b is left out\n");
}

TEST(JobLog, CanBeAboutAMachineARoleOrAWorker) {
  const auto lines = [](const LogFilter& filter) {
    const auto text = printed({kFailure, kRecovery, kWarning}, filter, true);
    return std::ranges::count(text, '\n');
  };
  EXPECT_EQ(lines({}), 3);
  EXPECT_EQ(lines({.node = "a"}), 1);
  EXPECT_EQ(lines({.role = "supervisor"}), 1);
  EXPECT_EQ(lines({.role = "executor"}), 1);
  EXPECT_EQ(lines({.role = "parameter-server"}), 2);
  EXPECT_EQ(lines({.worker = 4}), 1);
  EXPECT_EQ(lines({.node = "a", .worker = 4}), 0);
}

TEST(JobLog, HasProgressOnlyWhereItIsWanted) {
  EXPECT_EQ(printed({kProgress}, {}), "");
  EXPECT_NE(printed({kProgress}, {.progress = true}), "");
}

TEST(JobLog, EndsWithTheFirstCauseAndWhatWasDone) {
  const auto text =
      printed({kFailure, kRecovery, kFailure, kRecovery, kFinished}, {.node = "none"});
  EXPECT_EQ(text,
            "first cause: executor on b at 2026-01-01T00:00:09.120Z: killed by signal 9\n"
            "2 failures; done: promoted 2 times; 0 updates lost, 1.6 s of recovery\n");
}

TEST(JobLog, OfAnUndisturbedJobNeedsNoSummary) {
  EXPECT_EQ(printed({kFinished}, {.node = "none"}), "");
}

TEST(JobLog, AnEntryIsAnObjectWithAllParts) {
  const auto entry = log_entry(json::parse(kRecovery));
  EXPECT_EQ(entry["level"], "info");
  EXPECT_EQ(entry["nodes"], json::array({"a"}));
  EXPECT_EQ(entry["roles"], json::array({"worker", "parameter-server"}));
  EXPECT_EQ(entry["workers"], json::array({3}));
  EXPECT_EQ(entry["log"], json::array());
}

TEST(JobLog, WhatIsNoJsonIsPassedOver) {
  EXPECT_EQ(printed({"[1]", "nonsense", "{}"}, {.role = "worker"}), "");
}

}  // namespace
}  // namespace dk::submit
