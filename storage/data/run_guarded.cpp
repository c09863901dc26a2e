// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/run_guarded.hpp"

#include "base/bytes.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

namespace dk::storage {
namespace {

// A busy machine gives a process less than all of its time.
constexpr unsigned kClockPerCpu = 10;

/// In the copy: tells the answer through `pipe` and ends.
[[noreturn]] void answer(int pipe, unsigned cpu_seconds,
                         const std::function<Result<void>()>& work) {
  const rlimit time{cpu_seconds, cpu_seconds};
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CPU, &time);
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::alarm(kClockPerCpu * cpu_seconds);
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGILL, SIGXCPU, SIGALRM}) {
    ::signal(number, SIG_DFL);
  }
  const auto result = work();
  ByteWriter out;
  out.put(static_cast<std::uint8_t>(result ? Errc::kNone : result.error().code));
  if (!result) out.put(std::string_view(result.error().message));
  const auto bytes = out.bytes();
  const bool told = ::write(pipe, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
  ::_exit(told ? 0 : 1);
}

Bytes read_all(int pipe) {
  Bytes bytes(std::size_t{1} << 16);
  std::size_t total = 0;
  while (total < bytes.size()) {
    const auto count = ::read(pipe, bytes.data() + total, bytes.size() - total);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    total += static_cast<std::size_t>(count);
  }
  bytes.resize(total);
  return bytes;
}

}  // namespace

Result<void> run_guarded(const std::string& what, unsigned cpu_seconds,
                         const std::function<Result<void>()>& work) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return fail(Errc::kIo, "{}: no pipe: {}", what, std::strerror(errno));
  }
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    answer(ends[1], cpu_seconds, work);
  }
  ::close(ends[1]);
  const auto bytes = child < 0 ? Bytes() : read_all(ends[0]);
  ::close(ends[0]);
  int status = 0;
  while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (child < 0) return fail(Errc::kIo, "{}: no process: {}", what, std::strerror(errno));
  ByteReader reader(bytes);
  const auto code = static_cast<Errc>(reader.get<std::uint8_t>());
  if (!reader.ok()) {
    return fail(Errc::kCorrupt, "{}: damaged: reading it ended with signal {}", what,
                WIFSIGNALED(status) ? WTERMSIG(status) : 0);
  }
  if (code == Errc::kNone) return {};
  return fail(Error{code, reader.get_string()});
}

}  // namespace dk::storage
