// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-node/stop_signals.hpp"

#include <semaphore.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <thread>

namespace dk {
namespace {

sem_t arrived;
volatile std::sig_atomic_t latest = 0;

void on_signal(int signal) {
  const int error = errno;
  latest = signal;
  ::sem_post(&arrived);
  errno = error;
}

sigset_t stop_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGINT);
  ::sigaddset(&signals, SIGTERM);
  return signals;
}

/// Nothing when none has come until `deadline`.
std::optional<int> next(const timespec* deadline) {
  while ((deadline != nullptr ? ::sem_clockwait(&arrived, CLOCK_MONOTONIC, deadline)
                              : ::sem_wait(&arrived)) != 0) {
    if (errno != EINTR) return std::nullopt;
  }
  return latest;
}

}  // namespace

StopSignals::StopSignals() {
  ::sem_init(&arrived, 0, 0);
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  const auto signals = stop_signals();
  for (const int signal : {SIGINT, SIGTERM}) ::sigaction(signal, &action, nullptr);
  // Threads made from here on inherit this and are not interrupted.
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

int StopSignals::wait() const {
  const auto signals = stop_signals();
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  return next(nullptr).value_or(SIGTERM);
}

void StopSignals::end_on_next(std::chrono::seconds patience) const {
  std::thread([patience] {
    timespec deadline{};
    ::clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += patience.count();
    const auto signal = next(&deadline);
    std::_Exit(signal ? 128 + *signal : 0);
  }).detach();
}

}  // namespace dk
