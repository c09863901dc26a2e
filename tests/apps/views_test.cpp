// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/view.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace dk::submit {
namespace {

constexpr const char* kTime = R"("time":"2026-01-01T10:20:30.123Z")";

std::string event(const std::string& kind, const std::string& more = "") {
  return R"({"event":")" + kind + R"(","job":7,)" + kTime + more + "}";
}

TEST(PlainView, ShowsOneLinePerEvent) {
  std::ostringstream out;
  const auto view = make_plain_view(out, [] { return std::chrono::steady_clock::time_point(); });
  view->event(event("submitted", R"(,"name":"mlp")"));
  view->event(event("resumed"));
  EXPECT_EQ(out.str(), "10:20:30 job 7 \"mlp\" submitted\n10:20:30 resumed\n");
}

TEST(PlainView, ShowsProgressAtMostEveryFiveSeconds) {
  std::ostringstream out;
  std::chrono::steady_clock::time_point now;
  const auto view = make_plain_view(out, [&now] { return now; });
  for (const auto ms : {0, 4900, 5000, 5100, 10'000}) {
    now = std::chrono::steady_clock::time_point(std::chrono::milliseconds(ms));
    view->event(event("progress"));
  }
  const std::string text = out.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
}

TEST(PlainView, EndsWithTheSummary) {
  std::ostringstream out;
  make_plain_view(out, [] {
    return std::chrono::steady_clock::time_point();
  })->event(event("cancelled", R"(,"seconds":3)"));
  EXPECT_TRUE(out.str().starts_with("job 7 cancelled after 3.0 s")) << out.str();
}

TEST(TerminalView, KeepsTheBarBelowColouredEvents) {
  std::ostringstream out;
  auto view = make_terminal_view(out, [] { return std::size_t{31}; });
  view->event(event("progress", R"(,"epoch":1,"epochs":1,"samples_done":1,"samples_total":2)"));
  const std::string bar = "epoch 1/1 [######.......]  50%";
  EXPECT_EQ(out.str(), "\r\x1b[2K" + bar);
  out.str("");
  view->event(event("paused", R"(,"reason":"no node")"));
  EXPECT_EQ(out.str(), "\r\x1b[2K10:20:30 \x1b[33mpaused: no node\x1b[0m\n" + bar);
  out.str("");
  view.reset();
  EXPECT_EQ(out.str(), "\r\x1b[2K") << "the bar must not stay behind";
}

TEST(TerminalView, ReplacesTheBarByTheSummary) {
  std::ostringstream out;
  const auto view = make_terminal_view(out, [] { return std::size_t{80}; });
  view->event(event("progress"));
  out.str("");
  view->event(event("finished", R"(,"seconds":1)"));
  EXPECT_TRUE(out.str().starts_with("\r\x1b[2K\x1b[32mjob 7 finished in 1.0 s")) << out.str();
  EXPECT_TRUE(out.str().ends_with("\x1b[0m"));
}

TEST(JsonView, PassesLinesThroughUntouched) {
  std::ostringstream out;
  std::ostringstream notices;
  const auto view = make_json_view(out, notices);
  view->event("{\"b\": 1,\"a\":2}");
  view->notice("waiting");
  EXPECT_EQ(out.str(), "{\"b\": 1,\"a\":2}\n");
  EXPECT_EQ(notices.str(), "waiting\n");
}

TEST(Views, SurviveLinesThatAreNoJson) {
  std::ostringstream out;
  make_terminal_view(out, [] { return std::size_t{0}; })->event("garbage");
  make_plain_view(out, [] { return std::chrono::steady_clock::time_point(); })->event("");
}

}  // namespace
}  // namespace dk::submit
