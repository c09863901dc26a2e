// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/progress.hpp"

#include "apps/dk-submit/format.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

namespace dk::submit {
namespace {

constexpr std::chrono::milliseconds kRenew{200};
constexpr const char* kClearLine = "\r\x1b[K";

}  // namespace

std::string render_progress(std::uint64_t done, std::uint64_t total, double seconds) {
  auto line = fmt::format("{} of {} rows", count(static_cast<double>(done)),
                          count(static_cast<double>(total)));
  if (done == 0 || seconds <= 0) return line;
  const double rate = static_cast<double>(done) / seconds;
  return line + fmt::format(", {} rows/s, {} left", count(rate),
                            duration(static_cast<double>(total - done) / rate));
}

Progress::Progress(std::ostream* out, std::uint64_t total) : out_(out), total_(total) {}

Progress::~Progress() {
  if (out_ != nullptr && shown_ != start_) *out_ << kClearLine << std::flush;
}

void Progress::add(std::uint64_t rows) {
  done_ += rows;
  if (out_ == nullptr) return;
  const auto now = Clock::now();
  if (now - shown_ < kRenew) return;
  shown_ = now;
  const std::chrono::duration<double> passed = now - start_;
  *out_ << kClearLine << render_progress(done_, total_, passed.count()) << std::flush;
}

std::ostream* progress_output(bool json) {
  return !json && ::isatty(STDERR_FILENO) != 0 ? &std::cerr : nullptr;
}

}  // namespace dk::submit
