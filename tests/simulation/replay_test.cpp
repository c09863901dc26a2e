// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/simulation/runner.hpp"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <map>

namespace {

std::atomic<bool> wall_clock_jumps = false;
std::atomic<std::uint64_t> jumps = 0;

}  // namespace

/// In place of the C library's, for this program: the wall clock is set to another time, years
/// before or after, whenever it is read.
extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const auto result = static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
  if (clock != CLOCK_REALTIME || !wall_clock_jumps) return result;
  constexpr std::int64_t kYears = 10 * 365 * 86'400LL;
  time->tv_sec += static_cast<time_t>(++jumps * 0x9E3779B97F4A7C15ULL % (2 * kYears)) - kYears;
  return result;
}

namespace dk::simulation {
namespace {

constexpr std::uint64_t kSeeds = 40;

/// The first line in which they differ.
std::string difference(const Verdict& one, const Verdict& other) {
  const auto [a, b] = std::ranges::mismatch(one.trace, other.trace);
  return (a == one.trace.end() ? "the end" : *a) + "\nand\n" +
         (b == other.trace.end() ? "the end" : *b);
}

/// What another process says at the end of this seed's trace.
std::string fingerprint_elsewhere(std::uint64_t seed) {
  const auto command =
      std::string(DK_SIMULATE_BINARY " --trace --seed ") + std::to_string(seed) + " | tail -n 1";
  std::array<char, 64> line{};
  auto* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "no process";
  const auto* read = std::fgets(line.data(), line.size(), pipe);
  pclose(pipe);
  return read == nullptr ? "no line" : line.data();
}

std::string as_text(std::uint64_t fingerprint) {
  std::array<char, 64> line{};
  std::snprintf(line.data(), line.size(), "fingerprint %016llx\n",
                static_cast<unsigned long long>(fingerprint));
  return line.data();
}

TEST(Replay, GivesTheSameTraceForTheSameSeedAndAnotherOneForEveryOther) {
  std::map<std::uint64_t, std::uint64_t> seed_of;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const auto schedule = Schedule::of(seed);
    const auto once = play(schedule, true);
    const auto again = play(schedule, true);
    ASSERT_GT(once.trace.size(), 100U) << schedule.describe();
    ASSERT_EQ(once.fingerprint, again.fingerprint) << schedule.describe() << '\n'
                                                   << difference(once, again);
    const auto [known, fresh] = seed_of.emplace(once.fingerprint, seed);
    EXPECT_TRUE(fresh) << "seeds " << known->second << " and " << seed << " are the same run";
  }
}

TEST(Replay, GivesTheSameTraceInAnotherProcess) {
  for (const std::uint64_t seed : {1, 7, 23, 77, 123})
    EXPECT_EQ(fingerprint_elsewhere(seed), as_text(play(Schedule::of(seed), true).fingerprint))
        << "seed " << seed;
}

TEST(Replay, GivesTheSameTraceWhateverTheWallClockSays) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const auto schedule = Schedule::of(seed);
    const auto once = play(schedule, true);
    const auto before = jumps.load();
    wall_clock_jumps = true;
    const auto again = play(schedule, true);
    wall_clock_jumps = false;
    ASSERT_GT(jumps, before + 10) << "nobody has asked it";
    ASSERT_EQ(once.fingerprint, again.fingerprint) << schedule.describe() << '\n'
                                                   << difference(once, again);
  }
}

TEST(Replay, IsTheRunThatIsNotTraced) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const auto traced = play(Schedule::of(seed), true);
    const auto silent = play(Schedule::of(seed));
    EXPECT_EQ(traced.messages, silent.messages) << "seed " << seed;
    EXPECT_EQ(traced.virtual_time, silent.virtual_time) << "seed " << seed;
  }
}

}  // namespace
}  // namespace dk::simulation
