// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/follow.hpp"

#include "apps/dk-submit/command.hpp"
#include "apps/dk-submit/format.hpp"

#include <optional>

namespace dk::submit {
namespace {

using Clock = std::chrono::steady_clock;
/// Short, because a Ctrl-C is looked at between two of them.
constexpr std::chrono::milliseconds kPoll{500};

class Follower {
 public:
  Follower(Gateway& gateway, JobId job, View& view, const Interrupt& interrupt,
           const FollowConfig& config)
      : gateway_(gateway), job_(job), view_(view), interrupt_(interrupt), config_(config) {}

  Result<int> run() {
    while (true) {
      if (interrupt_.raised() && !cancelling_) {
        if (!config_.cancel_on_interrupt) return detach();
        cancelling_ = true;
        DK_TRY(cancel());
      }
      auto page = gateway_.events(job_, next_, kPoll);
      if (!page) {
        DK_TRY(wait_for_supervisor(page.error()));
        continue;
      }
      show(*page);
      if (page->ended) return exit_code();
    }
  }

 private:
  int detach() {
    view_.notice(
        fmt::format("stopped watching; job {} goes on (dk-submit watch {} shows it again, "
                    "dk-submit cancel {} ends it)",
                    job_.value, job_.value, job_.value));
    return kInterrupted;
  }

  Result<void> cancel() {
    view_.notice("cancelling the job; Ctrl-C again ends this program at once");
    auto cancelled = gateway_.cancel(job_);
    // It ended by itself in the meantime: its last event tells how.
    if (!cancelled && cancelled.error().code == Errc::kInvalid) return {};
    return cancelled;
  }

  Result<void> wait_for_supervisor(const Error& error) {
    if (error.code != Errc::kUnavailable) return fail(error);
    const auto now = Clock::now();
    if (!away_since_) {
      away_since_ = now;
      view_.notice(fmt::format("waiting up to {} s: {}", config_.patience.count(), error.message));
    }
    if (now - *away_since_ >= config_.patience) return fail(error);
    interrupt_.wait(config_.retry_every);
    return {};
  }

  void show(const EventPage& page) {
    if (away_since_) view_.notice("the supervisor is back");
    away_since_.reset();
    for (const auto& line : page.events) view_.event(line);
    if (!page.events.empty()) last_ = page.events.back();
    next_ = page.next;
  }

  [[nodiscard]] int exit_code() const {
    const auto kind = text(nlohmann::json::parse(last_, nullptr, false), "event");
    if (kind == "finished") return kFinished;
    return cancelling_ ? kInterrupted : kJobFailed;
  }

  Gateway& gateway_;
  JobId job_;
  View& view_;
  const Interrupt& interrupt_;
  const FollowConfig& config_;
  std::uint64_t next_ = 0;
  std::string last_;
  bool cancelling_ = false;
  std::optional<Clock::time_point> away_since_;
};

}  // namespace

Result<int> follow(Gateway& gateway, JobId job, View& view, const Interrupt& interrupt,
                   const FollowConfig& config) {
  return Follower(gateway, job, view, interrupt, config).run();
}

}  // namespace dk::submit
