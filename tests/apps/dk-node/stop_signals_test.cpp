// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-node/stop_signals.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <thread>

namespace dk::test {
namespace {

using namespace std::chrono_literals;

/// A thread that was there before, with a mask of its own, as OpenBLAS's are.
pthread_t foreign_thread() {
  static std::thread thread([] {
    for (;;) ::pause();
  });
  return thread.native_handle();
}

TEST(StopSignalsDeathTest, ASignalThatAForeignThreadTakesIsNotTheEnd) {
  const auto main = [] {
    const auto thread = foreign_thread();
    const StopSignals signals;
    ::pthread_kill(thread, SIGTERM);
    std::_Exit(signals.wait() == SIGTERM ? 0 : 1);
  };
  EXPECT_EXIT(main(), testing::ExitedWithCode(0), "");
}

TEST(StopSignalsDeathTest, ASignalBeforeTheWaitIsNotLost) {
  const auto main = [] {
    const StopSignals signals;
    ::kill(::getpid(), SIGINT);
    std::_Exit(signals.wait() == SIGINT ? 0 : 1);
  };
  EXPECT_EXIT(main(), testing::ExitedWithCode(0), "");
}

TEST(StopSignalsDeathTest, TheSecondOneEndsWhateverIsWaitedFor) {
  const auto main = [] {
    const StopSignals signals;
    ::kill(::getpid(), SIGTERM);
    const int first = signals.wait();
    signals.end_on_next(60s);
    ::kill(::getpid(), first);
    for (;;) ::pause();
  };
  EXPECT_EXIT(main(), testing::ExitedWithCode(128 + SIGTERM), "");
}

TEST(StopSignalsDeathTest, WithoutASecondOneTheProcessEndsWhenPatienceDoes) {
  const auto main = [] {
    const StopSignals signals;
    signals.end_on_next(0s);
    for (;;) ::pause();
  };
  EXPECT_EXIT(main(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace dk::test
