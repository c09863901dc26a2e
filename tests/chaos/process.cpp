// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/chaos/process.hpp"

#include "base/files.hpp"
#include "tests/support/temp_dir.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <utility>

namespace dk::test {
namespace {

constexpr int kReadyFd = 3;

/// Between fork and exec: async-signal-safe calls only.
[[noreturn]] void become(char** arguments, int ready, int log, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  ::setpgid(0, 0);
  ::dup2(::open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::dup2(ready, kReadyFd);
  ::fcntl(kReadyFd, F_SETFD, 0);
  ::execv(arguments[0], arguments);
  ::_exit(127);
}

}  // namespace

Process::Process(std::vector<std::string> command, std::filesystem::path output)
    : output_(std::move(output)) {
  std::vector<char*> arguments;
  for (auto& argument : command) {
    if (argument == "{ready}") argument = std::to_string(kReadyFd);
    arguments.push_back(argument.data());
  }
  arguments.push_back(nullptr);
  std::array<int, 2> ends{};
  const int log = ::open(output_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (log < 0 || ::pipe2(ends.data(), O_CLOEXEC) != 0) {
    ADD_FAILURE() << "no output for " << command.front() << " at " << output_;
    return;
  }
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) become(arguments.data(), ends[1], log, parent);
  ::close(ends[1]);
  ::close(log);
  ready_ = ends[0];
}

Process::Process(Process&& other) noexcept
    : output_(std::move(other.output_)),
      pid_(std::exchange(other.pid_, -1)),
      ready_(std::exchange(other.ready_, -1)),
      code_(std::exchange(other.code_, std::nullopt)) {}

Process::~Process() {
  if (ready_ >= 0) ::close(ready_);
  if (pid_ <= 0 || code_) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Process::signal(int number) const {
  if (pid_ > 0 && !code_) ::kill(pid_, number);
}

std::string Process::ready_line(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::string line;
  while (!line.ends_with('\n')) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd entry{ready_, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&entry, 1, static_cast<int>(left.count())) <= 0) return {};
    std::array<char, 256> buffer{};
    const auto count = ::read(ready_, buffer.data(), buffer.size());
    if (count <= 0) return {};
    line.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return line;
}

std::optional<int> Process::wait(std::chrono::milliseconds patience) {
  if (code_ || pid_ <= 0 || !process_ends(pid_, patience)) return code_;
  int status = 0;
  ::waitpid(pid_, &status, 0);
  code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return code_;
}

std::string Process::output() const {
  return read_file(output_).value_or("");
}

bool process_ends(pid_t pid, std::chrono::milliseconds patience) {
  // Not by <sys/pidfd.h>, which lacks its extern "C" in glibc 2.36.
  const auto fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0) return true;
  pollfd entry{fd, POLLIN, 0};
  const bool ended = ::poll(&entry, 1, static_cast<int>(patience.count())) > 0;
  ::close(fd);
  return ended;
}

Finished run_program(std::vector<std::string> command, std::chrono::milliseconds patience) {
  const TempDir dir;
  Process process(std::move(command), dir / "output");
  const auto code = process.wait(patience);
  EXPECT_TRUE(code) << "still running; its output:\n" << process.output();
  return {code.value_or(-1), process.output()};
}

}  // namespace dk::test
