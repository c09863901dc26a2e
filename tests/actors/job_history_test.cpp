// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/job_history.hpp"

#include <gtest/gtest.h>

namespace dk {
namespace {

using nlohmann::json;

/// 2026-01-01T00:01:00Z.
const std::chrono::system_clock::time_point kNow{std::chrono::milliseconds(1'767'225'660'000)};

json record(const char* changes) {
  auto made = json::parse(R"({"id":7,"name":"mlp","state":"finished","reason":"","restarts":0,
    "submitted":"2026-01-01T00:00:00.000Z","submitted_ms":1767225600000,
    "started_ms":1767225605000,"ended_ms":1767225635500,
    "outcome":{"loss":0.25,"accuracy":0.9,"test":{"loss":0.3}}})");
  made.merge_patch(json::parse(changes));
  return made;
}

TEST(HistoryEntry, SaysWhenAJobRanAndHowItEnded) {
  const auto entry = history_entry(record("{}"), "ann", kNow);
  EXPECT_EQ(entry, json::parse(R"({"id":7,"name":"mlp","submitter":"ann","state":"finished",
    "submitted":"2026-01-01T00:00:00.000Z","started":"2026-01-01T00:00:05.000Z",
    "ended":"2026-01-01T00:00:35.500Z","queued_seconds":5.0,"seconds":30.5,"restarts":0,
    "reason":null,"loss":0.25,"accuracy":0.9,"test":{"loss":0.3}})"));
}

TEST(HistoryEntry, OfOneThatRunsGoesOnUntilNow) {
  const auto entry =
      history_entry(record(R"({"state":"running","ended_ms":0,"outcome":null})"), "", kNow);
  EXPECT_EQ(entry["seconds"], 55.0);
  EXPECT_TRUE(entry["ended"].is_null());
  EXPECT_TRUE(entry["loss"].is_null());
}

TEST(HistoryEntry, OfOneThatWaitsHasNotStarted) {
  const auto entry = history_entry(
      record(R"({"state":"queued","started_ms":null,"ended_ms":null,"restarts":null})"), "", kNow);
  EXPECT_EQ(entry["queued_seconds"], 60.0);
  EXPECT_TRUE(entry["seconds"].is_null());
  EXPECT_TRUE(entry["started"].is_null());
  EXPECT_EQ(entry["restarts"], 0);
}

TEST(HistoryEntry, HasTheReasonOfAFailure) {
  const auto entry =
      history_entry(record(R"({"state":"failed","reason":"out of restarts"})"), "", kNow);
  EXPECT_EQ(entry["reason"], "out of restarts");
  EXPECT_TRUE(may_have_failed(entry));
  EXPECT_FALSE(may_have_failed(history_entry(record("{}"), "", kNow)));
  EXPECT_TRUE(may_have_failed(history_entry(record(R"({"restarts":1})"), "", kNow)));
}

TEST(FirstFailure, IsTheFirstOfItsKindWithItsEvidence) {
  const auto cause = first_failure(
      {R"({"event":"progress"})", "no json",
       R"({"event":"failure","time":"t1","what":"executor","node":"b","reason":"killed","log":["x"]})",
       R"({"event":"failure","time":"t2","node":"c"})"});
  EXPECT_EQ(
      cause,
      json::parse(R"({"time":"t1","what":"executor","node":"b","reason":"killed","log":["x"]})"));
}

TEST(FirstFailure, IsNullWhereNothingFailed) {
  EXPECT_TRUE(first_failure({}).is_null());
  EXPECT_TRUE(first_failure({R"({"event":"finished"})", "[1]"}).is_null());
}

}  // namespace
}  // namespace dk
