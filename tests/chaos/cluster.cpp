// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/chaos/cluster.hpp"

#include "actors/machine_limits.hpp"
#include "base/files.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <csignal>

namespace dk::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
constexpr std::chrono::seconds kReadyPatience{20};
constexpr std::chrono::seconds kStopPatience{10};
constexpr std::chrono::seconds kJobPatience{100};
constexpr milliseconds kPoll{20};
constexpr double kOnePoint = 0.01;
constexpr std::size_t kLogTail = 4000;

/// The accuracy of a run that nobody disturbs, found out once.
double undisturbed_accuracy() {
  static const double accuracy = [] {
    Cluster cluster;
    const auto outcome = RunningJob(cluster).outcome();
    EXPECT_EQ(outcome.at("restarts"), 0);
    const auto value = outcome.at("test").at("accuracy").get<double>();
    std::cout << fmt::format("undisturbed: accuracy {:.4f}\n", value);
    return value;
  }();
  return accuracy;
}

/// Every daemon offers two cores, and none offers what it does not have.
class TwoCores : public testing::Environment {
 public:
  void SetUp() override {
    if (const auto limits = machine_limits(); limits.cores < 2)
      GTEST_SKIP() << "needs two cores; there is one, by " << limits.cores_by;
  }
};
const auto* const kTwoCores = testing::AddGlobalTestEnvironment(new TwoCores);

}  // namespace

bool eventually(const std::function<bool()>& what) {
  for (int look = 0; look < 300; ++look) {
    if (what()) return true;
    ::poll(nullptr, 0, 100);
  }
  return false;
}

Cluster::Cluster(const std::vector<std::string>& names, ClusterOptions options)
    : options_(std::move(options)) {
  for (const auto& name : names) start(name);
}

Cluster::~Cluster() {
  for (auto daemon = daemons_.begin(); daemon != daemons_.end();) {
    const auto ended = daemon->second.wait(milliseconds(0));
    EXPECT_TRUE(ended != 128 + SIGSEGV && ended != 128 + SIGABRT) << daemon->first << " crashed";
    daemon = ended ? daemons_.erase(daemon) : std::next(daemon);
  }
  for (auto& [name, process] : daemons_) process.signal(SIGTERM);
  for (auto& [name, process] : daemons_) {
    EXPECT_EQ(process.wait(kStopPatience), 0) << name << " did not end well on SIGTERM";
  }
  for (const auto pid : executors_) EXPECT_TRUE(process_ends(pid, milliseconds(2000))) << pid;
  const auto text = logs();
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("check failed")));
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("terminate called")));
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("killed by signal 11")));
  if (testing::Test::HasFailure()) std::cout << text;
}

void Cluster::start(const std::string& name) {
  start(name, command_of(name));
}

void Cluster::start_without(const std::string& name, const std::filesystem::path& hidden) {
  std::vector<std::string> command{
      "/usr/bin/unshare",
      "-m",
      "/bin/sh",
      "-c",
      R"(mount -t tmpfs none "$0" && DK_CACHE_DIR="$1" && export DK_CACHE_DIR && shift && exec "$@")",
      hidden,
      dir_ / (name + ".cache")};
  const auto daemon = command_of(name);
  command.insert(command.end(), daemon.begin(), daemon.end());
  start(name, std::move(command));
}

void Cluster::start_on_small_disk(const std::string& name, unsigned mebibytes) {
  const auto data = directory(name);
  std::filesystem::create_directories(data);
  std::vector<std::string> command{
      "/usr/bin/unshare",
      "-m",
      "/bin/sh",
      "-c",
      R"(mount -t tmpfs -o "size=$0m" none "$1" && shift && exec "$@")",
      std::to_string(mebibytes),
      data};
  const auto daemon = command_of(name);
  command.insert(command.end(), daemon.begin(), daemon.end());
  start(name, std::move(command));
}

void Cluster::start_with_jumping_clock(const std::string& name) {
  std::vector<std::string> command{"/usr/bin/env", "LD_PRELOAD=" DK_JUMPING_CLOCK};
  const auto daemon = command_of(name);
  command.insert(command.end(), daemon.begin(), daemon.end());
  start(name, std::move(command));
}

bool Cluster::can_hide() {
  return run_program({"/usr/bin/unshare", "-m", "/bin/sh", "-c", "mount -t tmpfs none /mnt"},
                     kStopPatience)
             .code == 0;
}

std::vector<std::string> Cluster::command_of(const std::string& name) const {
  const auto* network = options_.network;
  const auto address = (network == nullptr ? "127.0.0.1" : network->address(name)) + ":0";
  auto command = network == nullptr ? std::vector<std::string>{} : network->on(name);
  const auto append = [&](const std::vector<std::string>& words) {
    command.insert(command.end(), words.begin(), words.end());
  };
  append({options_.upgraded.contains(name) ? DK_NEXT_NODE_BINARY : DK_NODE_BINARY, "--name", name,
          "--data", dir_ / name, "--cores", "2", "--ready-fd", "{ready}", "--drain-timeout",
          std::to_string(options_.drain_seconds), "--listen", address});
  append(name == "a" ? std::vector<std::string>{"--supervisor", "--http", address}
                     : std::vector<std::string>{"--join", join_});
  if (options_.authority != nullptr) {
    const auto host = network == nullptr ? "localhost" : network->address(name);
    if (!std::filesystem::exists(bundle(name))) options_.authority->bundle_for(name, host);
    append({"--certs", bundle(name)});
  }
  if (options_.standbys.contains(name)) append({"--standby", "--http", address});
  append(options_.options);
  return command;
}

void Cluster::upgrade(const std::string& name) {
  daemon(name).signal(SIGTERM);
  ASSERT_EQ(daemon(name).wait(std::chrono::seconds(options_.drain_seconds) + kStopPatience), 0)
      << daemon(name).output();
  options_.upgraded.insert(name);
  start(name);
}

nlohmann::json Cluster::nodes() {
  const auto nodes = gateway().nodes();
  return nodes ? *nodes : nlohmann::json::array();
}

std::string Cluster::state_of(const std::string& name) {
  const auto list = nodes();
  for (const auto& node : list) {
    if (node.at("name") == name) return node.at("state");
  }
  return "unknown";
}

std::int64_t Cluster::voters() {
  const auto list = nodes();
  return std::ranges::count_if(list, [](const auto& node) {
    return node.value("votes", false) && node.value("copy", "") == "in_sync";
  });
}

void Cluster::start(const std::string& name, std::vector<std::string> command) {
  daemons_.erase(name);
  auto& process =
      daemons_.try_emplace(name, std::move(command), dir_ / (name + ".log")).first->second;
  const auto ready = nlohmann::json::parse(process.ready_line(kReadyPatience), nullptr, false);
  ASSERT_TRUE(ready.is_object()) << name << " did not get ready:\n" << process.output();
  if (!ready.contains("http")) return;
  if (name == "a") join_ = ready.at("listen").get<std::string>();
  candidates_[name] = (options_.authority == nullptr ? "http://" : "https://") +
                      ready.at("http").get<std::string>();
  url_.clear();
  for (const auto& [candidate, url] : candidates_) url_ += (url_.empty() ? "" : ",") + url;
  auto gateway = HttpGateway::open(
      url_, options_.authority == nullptr ? HttpUser{} : HttpUser{{}, {}, bundle(name)});
  ASSERT_TRUE(gateway) << gateway.error().message;
  gateway_ = std::move(*gateway);
}

void Cluster::kill_node(const std::string& name) {
  daemon(name).signal(SIGKILL);
  EXPECT_EQ(daemon(name).wait(kStopPatience), 128 + SIGKILL);
}

std::string Cluster::logs() const {
  std::string text;
  for (const auto& file : std::filesystem::recursive_directory_iterator(dir_.path())) {
    if (file.path().extension() != ".log" || !file.is_regular_file()) continue;
    // RocksDB has one with this extension too.
    if (file.path().parent_path().filename() != "logs" &&
        file.path().parent_path() != dir_.path()) {
      continue;
    }
    const auto log = read_file(file.path()).value_or("");
    text += fmt::format("--- {}\n{}\n", file.path().string(),
                        log.substr(log.size() - std::min(log.size(), kLogTail)));
  }
  return text;
}

void Executor::signal(int number) const {
  // 0 and less would reach whole groups of processes.
  ASSERT_GT(pid, 1) << "no such executor";
  ::kill(pid, number);
}

RunningJob::RunningJob(Cluster& cluster, std::vector<std::string> overrides) : cluster_(cluster) {
  const std::filesystem::path file = DK_CHAOS_JOB;
  const auto text = read_file(file);
  const auto id = cluster.gateway().submit(
      {text.value_or(""), file.string(), file.parent_path().string(), std::move(overrides)});
  if (!id) {
    ADD_FAILURE() << id.error().message;
    return;
  }
  id_ = *id;
}

nlohmann::json RunningJob::wait_for(const std::string& what, const Wanted& wanted) {
  const auto deadline = steady_clock::now() + kJobPatience;
  for (;;) {
    while (looked_at_ < events_.size()) {
      const auto& event = events_[looked_at_++];
      if (wanted(event)) return event;
      const auto kind = event.at("event");
      if (kind == "finished" || kind == "failed" || kind == "cancelled") {
        ADD_FAILURE() << "the job ended before " << what << ": " << event.dump();
        return nullptr;
      }
    }
    if (steady_clock::now() >= deadline) {
      ADD_FAILURE() << "no " << what << " in time; the status: " << status().dump();
      return nullptr;
    }
    const auto page = cluster_.gateway().events(id_, next_, milliseconds(1000));
    if (!page) {
      EXPECT_EQ(page.error().code, Errc::kUnavailable) << page.error().message;
      ::poll(nullptr, 0, static_cast<int>(kPoll.count()));
      continue;
    }
    next_ = page->next;
    for (const auto& line : page->events) events_.push_back(nlohmann::json::parse(line));
  }
}

nlohmann::json RunningJob::wait_for(const std::string& event) {
  return wait_for(event, [&](const nlohmann::json& e) { return e.at("event") == event; });
}

nlohmann::json RunningJob::outcome() {
  const auto outcome = wait_for("end", [](const nlohmann::json& event) {
    const auto kind = event.at("event");
    return kind == "finished" || kind == "failed" || kind == "cancelled";
  });
  for (const auto* kind : {"failure", "recovery", "warning", "paused"}) {
    for (const auto& event : seen(kind)) std::cout << event.dump() << '\n';
  }
  std::cout << outcome.dump() << '\n';
  return outcome;
}

nlohmann::json RunningJob::status() {
  const auto status = cluster_.gateway().status(id_);
  return status ? *status : nlohmann::json(status.error().message);
}

std::vector<Executor> RunningJob::executors() {
  std::vector<Executor> result;
  const auto answer = status();
  for (const auto& entry : answer.at("executors")) {
    result.push_back({entry.at("node"), entry.at("pid"), entry.at("workers"), entry.at("shards")});
    cluster_.remember(result.back().pid);
  }
  return result;
}

Executor RunningJob::with_shard() {
  // Not beside the supervisor: a test may end either of them alone.
  for (auto& executor : executors()) {
    if (!executor.shards.empty() && executor.node != "a") return executor;
  }
  ADD_FAILURE() << "no executor has a shard: " << status().dump();
  return {};
}

Executor RunningJob::workers_only() {
  for (auto& executor : executors()) {
    if (executor.shards.empty()) return executor;
  }
  ADD_FAILURE() << "every executor has a shard: " << status().dump();
  return {};
}

std::vector<std::string> RunningJob::recoveries() const {
  std::vector<std::string> actions;
  for (const auto& event : seen("recovery")) actions.push_back(event.at("action"));
  return actions;
}

std::vector<nlohmann::json> RunningJob::seen(const std::string& event) const {
  std::vector<nlohmann::json> result;
  for (const auto& entry : events_) {
    if (entry.at("event") == event) result.push_back(entry);
  }
  return result;
}

void expect_like_undisturbed(const nlohmann::json& outcome) {
  ASSERT_EQ(outcome.at("event"), "finished") << outcome.dump();
  EXPECT_EQ(outcome.at("updates").at("applied"), kUpdates);
  ASSERT_EQ(outcome.at("account").size(), kEpochs);
  for (const auto& epoch : outcome.at("account")) {
    EXPECT_EQ(epoch.at("visited"), kSamples) << epoch.dump();
    EXPECT_EQ(epoch.at("missed"), 0) << epoch.dump();
  }
  EXPECT_NEAR(outcome.at("test").at("accuracy").get<double>(), undisturbed_accuracy(), kOnePoint);
}

}  // namespace dk::test
