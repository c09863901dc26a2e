// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/interrupt.hpp"

#include "apps/dk-submit/command.hpp"

#include <poll.h>
#include <unistd.h>

#include <csignal>

namespace dk::submit {
namespace {

volatile std::sig_atomic_t raised_count = 0;

void on_signal(int) {
  raised_count = raised_count + 1;
  if (raised_count > 1) ::_exit(kInterrupted);
}

}  // namespace

Interrupt::Interrupt() {
  raised_count = 0;
  struct sigaction action {};
  action.sa_handler = on_signal;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

Interrupt::~Interrupt() {
  ::signal(SIGINT, SIG_DFL);
  ::signal(SIGTERM, SIG_DFL);
}

bool Interrupt::raised() const {
  return raised_count > 0;
}

void Interrupt::wait(std::chrono::milliseconds time) const {
  if (!raised()) ::poll(nullptr, 0, static_cast<int>(time.count()));
}

}  // namespace dk::submit
