// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/local_processes.hpp"

#include "base/files.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstring>

namespace dk::submit {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kReadyPatience{30};
constexpr std::chrono::seconds kStopPatience{5};
constexpr std::size_t kReadyBytes = 4096;
constexpr std::size_t kLogTail = 2000;

/// Closes at the end of its scope.
struct FileDescriptor {
  int value = -1;
  explicit FileDescriptor(int fd) : value(fd) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() { reset(); }
  void reset() {
    if (value >= 0) ::close(value);
    value = -1;
  }
};

/// Between fork and exec: async-signal-safe calls only.
[[noreturn]] void become(char** arguments, int ready_fd, int log_fd, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  // A group of its own: Ctrl-C is for dk-submit, which then ends the nodes in order.
  ::setpgid(0, 0);
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(null, STDIN_FILENO);
  ::dup2(log_fd, STDOUT_FILENO);
  ::dup2(log_fd, STDERR_FILENO);
  ::fcntl(ready_fd, F_SETFD, 0);
  ::execv(arguments[0], arguments);
  constexpr std::string_view kMessage = "cannot execute dk-node\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kMessage.data(), kMessage.size());
  ::_exit(127);
}

/// The line that the node writes when it is ready; empty when it ended or took too long.
std::string read_line(int fd) {
  std::string line;
  const auto deadline = Clock::now() + kReadyPatience;
  while (line.size() < kReadyBytes && Clock::now() < deadline) {
    pollfd entry{fd, POLLIN, 0};
    if (::poll(&entry, 1, 100) <= 0) continue;
    std::array<char, 256> buffer{};
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count <= 0) break;
    line.append(buffer.data(), static_cast<std::size_t>(count));
    if (line.ends_with('\n')) return line;
  }
  return {};
}

std::string tail_of(const std::filesystem::path& log) {
  const auto text = read_file(log);
  if (!text || text->empty()) return "(its log is empty)";
  return text->substr(text->size() - std::min(text->size(), kLogTail));
}

std::vector<std::string> arguments_of(const LocalProcesses::Config& config, unsigned number,
                                      const std::string& supervisor, int ready_fd) {
  const std::string name = fmt::format("node-{}", number);
  std::vector<std::string> arguments{config.node_binary.string(),
                                     "--name",
                                     name,
                                     "--data",
                                     (config.data / name).string(),
                                     "--ready-fd",
                                     std::to_string(ready_fd),
                                     "--drain-timeout",
                                     std::to_string(config.drain_seconds)};
  const auto more = supervisor.empty()
                        ? std::vector<std::string>{"--supervisor", "--listen", "127.0.0.1:0",
                                                   "--http", "127.0.0.1:0"}
                        : std::vector<std::string>{"--join", supervisor};
  arguments.insert(arguments.end(), more.begin(), more.end());
  if (number > 1 && number <= 1 + config.standbys) arguments.emplace_back("--standby");
  return arguments;
}

}  // namespace

Result<LocalProcesses::Ready> LocalProcesses::start_node(unsigned number,
                                                         const std::string& supervisor) {
  const std::string name = fmt::format("node-{}", number);
  const auto directory = config_.data / name;
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return fail(Errc::kIo, "{}: {}", directory.string(), error.message());
  const auto log_path = directory / "log";
  const FileDescriptor log(
      ::open(log_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  std::array<int, 2> ends{};
  if (log.value < 0 || ::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return fail(Errc::kIo, "{}: {}", log_path.string(), std::strerror(errno));
  }
  const FileDescriptor reading(ends[0]);
  FileDescriptor writing(ends[1]);
  auto arguments = arguments_of(config_, number, supervisor, writing.value);
  std::vector<char*> pointers;
  for (auto& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return fail(Errc::kIo, "cannot start {}: {}", name, std::strerror(errno));
  if (child == 0) become(pointers.data(), writing.value, log.value, parent);
  pids_.resize(std::max<std::size_t>(pids_.size(), number), 0);
  pids_[number - 1] = child;
  writing.reset();

  const auto line = read_line(reading.value);
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) {
    return fail(Errc::kIo, "{} did not get ready; the end of {}:\n{}", name, log_path.string(),
                tail_of(log_path));
  }
  return Ready{json.value("listen", ""), json.value("http", "")};
}

Result<std::unique_ptr<LocalProcesses>> LocalProcesses::start(const Config& config) {
  if (::access(config.node_binary.c_str(), X_OK) != 0) {
    return fail(Errc::kNotFound, "there is no dk-node beside dk-submit ({})",
                config.node_binary.string());
  }
  auto processes = std::unique_ptr<LocalProcesses>(new LocalProcesses(config));
  for (unsigned number = 1; number <= config.count; ++number)
    DK_TRY(processes->start_again(number));
  return processes;
}

Result<void> LocalProcesses::start_again(unsigned number) {
  DK_TRY_ASSIGN(const auto ready, start_node(number, number == 1 ? "" : door_));
  if (number == 1) door_ = ready.listen;
  if (number > 1 + config_.standbys) return {};
  urls_.resize(std::max<std::size_t>(urls_.size(), number));
  urls_[number - 1] = "http://" + ready.http;
  return {};
}

std::string LocalProcesses::url() const {
  std::string all;
  for (const auto& url : urls_) all += (all.empty() ? "" : ",") + url;
  return all;
}

Result<void> LocalProcesses::end(unsigned number, int signal, std::chrono::seconds patience) {
  auto& pid = pids_.at(number - 1);
  if (pid == 0) return {};
  ::kill(pid, signal);
  const auto deadline = Clock::now() + patience;
  while (::waitpid(pid, nullptr, WNOHANG) == 0) {
    if (Clock::now() >= deadline) {
      return fail(Errc::kUnavailable, "node-{} did not end within {} s", number, patience.count());
    }
    ::poll(nullptr, 0, 20);
  }
  pid = 0;
  return {};
}

LocalProcesses::~LocalProcesses() {
  std::erase(pids_, 0);
  for (const pid_t pid : pids_) ::kill(pid, SIGTERM);
  const auto deadline = Clock::now() + kStopPatience;
  const auto ended = [](pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) != 0; };
  while (std::erase_if(pids_, ended), !pids_.empty() && Clock::now() < deadline) {
    ::poll(nullptr, 0, 20);
  }
  for (const pid_t pid : pids_) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
}

}  // namespace dk::submit
