// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/follow.hpp"

#include "apps/dk-submit/command.hpp"
#include "tests/actors/api/fake_gateway.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace dk::submit {
namespace {

using testing::ElementsAre;
constexpr JobId kJob = test::FakeGateway::kJob;

class Recorder : public View {
 public:
  void event(const std::string& line) override { events.push_back(line); }
  void notice(const std::string& text) override { notices.push_back(text); }
  std::vector<std::string> events;
  std::vector<std::string> notices;
};

/// Answers kUnavailable for some calls, as while a supervisor is restarted.
class FlakyGateway : public test::FakeGateway {
 public:
  Result<EventPage> events(JobId job, std::uint64_t from,
                           std::chrono::milliseconds timeout) override {
    asked_from.push_back(from);
    if (asked_from.size() > 1 && away-- > 0) return fail(Errc::kUnavailable, "nobody there");
    auto page = FakeGateway::events(job, from, timeout);
    if (page && asked_from.size() == 1 && away > 0) page->ended = false;
    return page;
  }
  int away = 0;
  std::vector<std::uint64_t> asked_from;
};

class Follow : public testing::Test {
 protected:
  Result<int> run() {
    config.retry_every = std::chrono::milliseconds(1);
    return follow(gateway, kJob, view, interrupt, config);
  }

  FlakyGateway gateway;
  Recorder view;
  Interrupt interrupt;
  FollowConfig config;
};

TEST_F(Follow, ShowsEveryEventAndEndsWithTheJob) {
  gateway.add_event(R"({"event":"submitted"})");
  gateway.add_event(R"({"event":"finished"})");
  gateway.end_job();
  EXPECT_EQ(*run(), kFinished);
  EXPECT_THAT(view.events, ElementsAre(R"({"event":"submitted"})", R"({"event":"finished"})"));
  EXPECT_TRUE(view.notices.empty());
}

TEST_F(Follow, AFailedJobIsAFailure) {
  gateway.add_event(R"({"event":"failed"})");
  gateway.end_job();
  EXPECT_EQ(*run(), kJobFailed);
}

TEST_F(Follow, ContinuesAtTheSameEventWhenTheSupervisorIsBack) {
  gateway.add_event(R"({"event":"submitted"})");
  gateway.add_event(R"({"event":"finished"})");
  gateway.end_job();
  gateway.away = 3;
  EXPECT_EQ(*run(), kFinished);
  EXPECT_THAT(gateway.asked_from, ElementsAre(0, 2, 2, 2, 2));
  EXPECT_EQ(view.events.size(), 2U) << "no event twice";
  EXPECT_THAT(view.notices,
              ElementsAre("waiting up to 60 s: nobody there", "the supervisor is back"));
}

TEST_F(Follow, GivesUpAfterItsPatience) {
  gateway.away = 1'000'000;
  config.patience = std::chrono::seconds(0);
  EXPECT_EQ(run().error(), (Error{Errc::kUnavailable, "nobody there"}));
}

TEST_F(Follow, OtherErrorsEndItAtOnce) {
  gateway.fail_with(Errc::kNotFound, "there is no job 7");
  EXPECT_EQ(
      follow(static_cast<test::FakeGateway&>(gateway), kJob, view, interrupt, config).error().code,
      Errc::kNotFound);
}

TEST_F(Follow, AnInterruptDetachesAndLeavesTheJobAlone) {
  ::raise(SIGINT);
  EXPECT_EQ(*run(), kInterrupted);
  EXPECT_FALSE(gateway.cancelled);
  ASSERT_EQ(view.notices.size(), 1U);
  EXPECT_TRUE(view.notices[0].starts_with("stopped watching; job 7 goes on"));
}

TEST_F(Follow, AnInterruptCancelsTheJobThatItOwnsAndShowsItsEnd) {
  gateway.add_event(R"({"event":"cancelled"})");
  gateway.end_job();
  config.cancel_on_interrupt = true;
  ::raise(SIGINT);
  EXPECT_EQ(*run(), kInterrupted);
  EXPECT_TRUE(gateway.cancelled);
  EXPECT_EQ(view.events.size(), 1U);
}

TEST(InterruptDeathTest, TheSecondOneEndsTheProcessAtOnce) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        const Interrupt interrupt;
        ::raise(SIGINT);
        ::raise(SIGINT);
      },
      testing::ExitedWithCode(kInterrupted), "");
}

}  // namespace
}  // namespace dk::submit
