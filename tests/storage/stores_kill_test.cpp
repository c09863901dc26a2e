// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/chunk_store.hpp"
#include "storage/state_store.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>

namespace dk::storage {
namespace {

struct Reported {
  std::uint64_t number = 0;
  std::uint64_t incarnation = 0;
  int lines = 0;
};

/// Runs the commit loop, kills it with SIGKILL after `lines` reports, and returns the last report.
Reported run_and_kill(const std::filesystem::path& directory, int lines) {
  int ends[2];
  if (::pipe(ends) != 0) return {};
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[0]);
    ::execl(DK_COMMIT_LOOP, DK_COMMIT_LOOP, directory.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  std::FILE* reports = ::fdopen(ends[0], "r");
  Reported last;
  // What it reports between the signal and its death is acknowledged too, so read to the end.
  for (Reported next; std::fscanf(reports, "%lu %lu", &next.number, &next.incarnation) == 2;) {
    next.lines = last.lines + 1;
    last = next;
    if (last.lines == lines) ::kill(child, SIGKILL);
  }
  std::fclose(reports);
  ::waitpid(child, nullptr, 0);
  return last;
}

std::uint64_t number_in(const Bytes& bytes) {
  std::uint64_t number = 0;
  if (bytes.size() == sizeof number) std::memcpy(&number, bytes.data(), sizeof number);
  return number;
}

void expect_state(StateStore& store, const Reported& reported) {
  const auto events = *store.events(JobId(1), 0, reported.number + 1);
  ASSERT_EQ(events.size(), reported.number + 1);
  EXPECT_EQ(events.back(), fmt::format("event {}", reported.number));
  EXPECT_GE(number_in(**store.ledger(JobId(1))), reported.number);
}

void expect_chunks(ChunkStore& store, const Reported& reported) {
  for (std::uint64_t number = 0; number <= reported.number; ++number) {
    const auto chunk = store.get({JobId(1), CheckpointId(1), number});
    ASSERT_TRUE(chunk) << chunk.error().message;
    ASSERT_EQ(number_in(*chunk), number);
  }
}

TEST(StoresKill, WhatWasAcknowledgedSurvivesKillDashNine) {
  std::uint64_t newest_incarnation = 0;
  const dk::test::TempDir dir;
  for (const int lines : {1, 20, 57}) {
    const auto reported = run_and_kill(dir.path(), lines);
    ASSERT_GE(reported.lines, lines);
    ASSERT_GT(reported.incarnation, newest_incarnation);
    const auto state = open_state_store(dir / "state");
    ASSERT_TRUE(state) << state.error().message;
    expect_state(**state, reported);
    const auto chunks = open_chunk_store(dir / "chunks");
    ASSERT_TRUE(chunks) << chunks.error().message;
    expect_chunks(**chunks, reported);
    const auto fresh = (*state)->reserve_incarnations(1);
    EXPECT_GE(fresh->value, reported.incarnation + 3);
    newest_incarnation = fresh->value;
  }
}

}  // namespace
}  // namespace dk::storage
