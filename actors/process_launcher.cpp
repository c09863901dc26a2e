// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/last_words.hpp"
#include "actors/launcher.hpp"
#include "actors/log_folder.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <thread>

extern char** environ;

namespace dk {
namespace {

std::string describe_exit(int status) {
  if (WIFSIGNALED(status)) {
    return fmt::format("killed by signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)));
  }
  return fmt::format("exited with {}", WEXITSTATUS(status));
}

/// Anonymous and shared memory of a process: what is mapped from files the kernel can drop.
std::uint64_t own_memory(pid_t pid) {
  std::ifstream status(fmt::format("/proc/{}/status", pid));
  std::uint64_t bytes = 0;
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("RssAnon:") && !line.starts_with("RssShmem:")) continue;
    bytes += 1024 * std::strtoull(line.c_str() + line.find(':') + 1, nullptr, 10);
  }
  return bytes;
}

/// Starts `program executor` with its standard input on `input` and its output appended to `log`.
/// Signals are as a fresh process expects them, whatever the daemon blocks.
Result<pid_t> spawn(const std::string& program, int input, const std::string& log) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
  ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, log.c_str(),
                                     O_WRONLY | O_CREAT | O_APPEND, 0644);
  ::posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  // A group of its own: Ctrl-C at a terminal reaches the daemon, which decides what happens to its
  // executors.
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  std::string name = program;
  std::string verb = "executor";
  char* arguments[] = {name.data(), verb.data(), nullptr};
  pid_t pid = 0;
  const int code = ::posix_spawn(&pid, program.c_str(), &files, &attributes, arguments, environ);
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&attributes);
  if (code != 0) return fail(Errc::kIo, "cannot start {}: {}", program, std::strerror(code));
  return pid;
}

class ProcessLauncher : public Launcher {
 public:
  explicit ProcessLauncher(ProcessLauncherConfig config) : config_(std::move(config)) {}

  ~ProcessLauncher() override {
    std::map<Incarnation, Child> children;
    {
      const std::lock_guard lock(mutex_);
      for (auto& [incarnation, child] : children_) ::kill(child.pid, SIGKILL);
      children.swap(children_);
      stopping_ = true;
    }
    for (auto& [incarnation, child] : children) child.waiter.join();
    for (auto& waiter : finished_) waiter.join();
  }

  Result<std::uint32_t> launch(const ExecutorLaunch& launch, const Peer& supervisor) override {
    int pipe[2];
    if (::pipe2(pipe, O_CLOEXEC) != 0)
      return fail(Errc::kIo, "cannot make a pipe: {}", std::strerror(errno));
    const auto log = fmt::format("{}/job-{}-executor-{}.log", config_.log_directory, launch.job,
                                 launch.incarnation);
    keep_newest_logs(config_.log_directory, kMostExecutorLogs - 1);
    auto pid = spawn(config_.program, pipe[0], log);
    ::close(pipe[0]);
    if (!pid) {
      ::close(pipe[1]);
      return fail(pid.error());
    }
    const auto orders =
        to_json_line({launch.job, launch.incarnation, config_.listen_host, config_.advertise,
                      supervisor.host, supervisor.port, config_.certs, config_.cores});
    // Shorter than a pipe's buffer: never blocks, never partial. A child that is dead already is
    // waitpid's to tell.
    const auto written = ::write(pipe[1], orders.data(), orders.size());
    static_cast<void>(written);
    const std::lock_guard lock(mutex_);
    for (auto& waiter : finished_) waiter.join();
    finished_.clear();
    children_[launch.incarnation] = {
        *pid, std::thread([this, launch, pid = *pid, lifeline = pipe[1], log] {
          wait_for(launch, pid, lifeline, log);
        })};
    return static_cast<std::uint32_t>(*pid);
  }

  void end(Incarnation incarnation, const std::string& reason) override {
    const std::lock_guard lock(mutex_);
    const auto child = children_.find(incarnation);
    if (child == children_.end()) return;
    child->second.reason = reason;
    ::kill(child->second.pid, SIGKILL);
  }

  std::vector<ExecutorMemory> memory() override {
    std::vector<ExecutorMemory> result;
    const std::lock_guard lock(mutex_);
    for (const auto& [incarnation, child] : children_) {
      if (const auto bytes = own_memory(child.pid); bytes > 0)
        result.push_back({incarnation, bytes});
    }
    return result;
  }

  void kill(Incarnation incarnation) override {
    const std::lock_guard lock(mutex_);
    if (const auto child = children_.find(incarnation); child != children_.end())
      ::kill(child->second.pid, SIGKILL);
  }

 private:
  struct Child {
    pid_t pid = 0;
    std::thread waiter;
    std::string reason{};  ///< why it is being ended
  };

  void wait_for(const ExecutorLaunch& launch, pid_t pid, int lifeline, const std::string& log) {
    // Not reaped yet, so that `kill` cannot hit another process of the same number.
    siginfo_t info;
    while (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) != 0 &&
           errno == EINTR) {
    }
    bool stopping = false;
    std::string reason;
    {
      const std::lock_guard lock(mutex_);
      if (auto child = children_.extract(launch.incarnation)) {
        reason = std::move(child.mapped().reason);
        finished_.push_back(std::move(child.mapped().waiter));
      }
      stopping = stopping_;
    }
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    ::close(lifeline);
    if (stopping) return;
    if (!reason.empty()) return config_.on_exit({launch.job, launch.incarnation, reason});
    const LastWords words{describe_exit(status), end_of_log(log)};
    config_.on_exit({launch.job, launch.incarnation, words.joined()});
  }

  ProcessLauncherConfig config_;
  std::mutex mutex_;
  std::map<Incarnation, Child> children_;
  std::vector<std::thread> finished_;
  bool stopping_ = false;
};

}  // namespace

void Launcher::end(Incarnation incarnation, const std::string&) {
  kill(incarnation);
}

std::unique_ptr<Launcher> make_process_launcher(ProcessLauncherConfig config) {
  return std::make_unique<ProcessLauncher>(std::move(config));
}

std::string to_json_line(const ExecutorOrders& orders) {
  const nlohmann::json json{{"job", orders.job.value},
                            {"incarnation", orders.incarnation.value},
                            {"listen_host", orders.listen_host},
                            {"advertise", orders.advertise},
                            {"supervisor_host", orders.supervisor_host},
                            {"supervisor_port", orders.supervisor_port},
                            {"certs", orders.certs},
                            {"cores", orders.cores}};
  return json.dump() + "\n";
}

Result<ExecutorOrders> executor_orders_from_json(std::string_view line) {
  try {
    const auto json = nlohmann::json::parse(line);
    return ExecutorOrders{JobId(json.at("job").get<std::uint64_t>()),
                          Incarnation(json.at("incarnation").get<std::uint64_t>()),
                          json.at("listen_host").get<std::string>(),
                          json.at("advertise").get<std::string>(),
                          json.at("supervisor_host").get<std::string>(),
                          json.at("supervisor_port").get<std::uint16_t>(),
                          json.at("certs").get<std::string>(),
                          json.at("cores").get<std::uint32_t>()};
  } catch (const nlohmann::json::exception& error) {
    return fail(Errc::kInvalid, "executor orders: {}", error.what());
  }
}

}  // namespace dk
