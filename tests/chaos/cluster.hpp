// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/api/http_gateway.hpp"
#include "tests/chaos/network.hpp"
#include "tests/chaos/process.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/test_authority.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace dk::test {

struct ClusterOptions {
  unsigned drain_seconds = 0;  ///< for handing over on SIGTERM
  std::set<std::string> standbys{};
  const Network* network = nullptr;    ///< each daemon on a machine of its own
  TestAuthority* authority = nullptr;  ///< each daemon has a certificate, and speaks TLS only
  std::vector<std::string> options{};  ///< further ones of every daemon
  std::set<std::string> upgraded{};    ///< run the release after this one (next_wire.cpp)
};

/// Looks ten times a second, for half a minute.
bool eventually(const std::function<bool()>& what);

/// Real dk-node daemons on loopback with two cores each; "a" is the supervisor.
class Cluster {
 public:
  explicit Cluster(const std::vector<std::string>& names = {"a", "b", "c"},
                   ClusterOptions options = {});
  /// Whatever still runs ends on SIGTERM with 0, and no executor outlives its daemon.
  ~Cluster();

  /// Starts a daemon, or starts it again on its directory; returns when it serves.
  void start(const std::string& name);
  /// The same with an empty folder in place of this one, which only this daemon and its executors
  /// see, and a data cache of its own. Needs `can_hide`.
  void start_without(const std::string& name, const std::filesystem::path& hidden);
  /// The same with a disk of so many MiB for all that it stores, seen from outside at
  /// /proc/PID/root. Needs `can_hide`.
  void start_on_small_disk(const std::string& name, unsigned mebibytes);
  /// The same with a wall clock that jumps all the time, also for its executors.
  void start_with_jumping_clock(const std::string& name);
  /// Whether this machine lets us mount in a namespace of our own.
  [[nodiscard]] static bool can_hide();
  [[nodiscard]] Process& daemon(const std::string& name) { return daemons_.at(name); }
  /// Ends it as a service manager does, and starts the next release on its directory.
  void upgrade(const std::string& name);
  /// kill -9, as if its machine had lost power: its executors die with it.
  void kill_node(const std::string& name);
  [[nodiscard]] Gateway& gateway() { return *gateway_; }
  /// The daemon's certificates, with an authority.
  [[nodiscard]] std::filesystem::path bundle(const std::string& name) const {
    return options_.authority->directory() / name;
  }
  /// As the API tells them; an empty list while nobody answers.
  [[nodiscard]] nlohmann::json nodes();
  /// Of a node, as in `nodes`; "unknown" while nobody knows it.
  [[nodiscard]] std::string state_of(const std::string& name);
  /// Candidates that vote, with a whole copy of the state.
  [[nodiscard]] std::int64_t voters();
  /// Of supervisor and standbys, with commas in between.
  [[nodiscard]] const std::string& url() const { return url_; }
  /// Where the others join: HOST:PORT.
  [[nodiscard]] const std::string& door() const { return join_; }
  [[nodiscard]] std::filesystem::path directory(const std::string& name) const {
    return dir_ / name;
  }
  /// Every process that was ever part of it, so that none may be left over.
  void remember(pid_t executor) { executors_.insert(executor); }
  /// What all daemons and executors have logged.
  [[nodiscard]] std::string logs() const;

 private:
  void start(const std::string& name, std::vector<std::string> command);
  [[nodiscard]] std::vector<std::string> command_of(const std::string& name) const;

  TempDir dir_;
  ClusterOptions options_;
  std::map<std::string, Process> daemons_;
  std::map<std::string, std::string> candidates_;  ///< their HTTP APIs, by name
  std::set<pid_t> executors_;
  std::string join_;
  std::string url_;
  std::unique_ptr<Gateway> gateway_;
};

/// One process of a running job, as the status tells it.
struct Executor {
  std::string node;
  pid_t pid = 0;
  std::vector<unsigned> workers;
  std::vector<unsigned> shards;

  void signal(int number) const;
};

/// A job on a cluster, seen through its events. Every wait has a deadline, after which the test
/// fails and the answer is null.
class RunningJob {
 public:
  /// Fashion-MNIST on a small network, 1500 updates in about six seconds.
  RunningJob(Cluster& cluster, std::vector<std::string> overrides = {});

  using Wanted = std::function<bool(const nlohmann::json& event)>;
  /// The next event that is wanted; those before it are gone.
  nlohmann::json wait_for(const std::string& what, const Wanted& wanted);
  nlohmann::json wait_for(const std::string& event);
  /// Its last event: finished, failed or cancelled.
  nlohmann::json outcome();

  [[nodiscard]] JobId id() const { return id_; }
  [[nodiscard]] nlohmann::json status();
  [[nodiscard]] std::vector<Executor> executors();
  /// Started, and all its processes known.
  Executor with_shard();
  Executor workers_only();
  /// All events so far, of a kind.
  [[nodiscard]] std::vector<nlohmann::json> seen(const std::string& event) const;
  /// The `action` of every recovery so far.
  [[nodiscard]] std::vector<std::string> recoveries() const;

 private:
  Cluster& cluster_;
  JobId id_;
  std::vector<nlohmann::json> events_;
  std::uint64_t next_ = 0;
  std::size_t looked_at_ = 0;
};

inline constexpr std::uint64_t kEpochs = 4;
inline constexpr std::uint64_t kSamples = 60'000;
inline constexpr std::uint64_t kUpdates = kEpochs * kSamples / (5 * 32);

/// The job ended by itself and nothing was missed, left out or applied twice; its accuracy is
/// within a point of that of a run that nobody disturbed.
void expect_like_undisturbed(const nlohmann::json& outcome);

}  // namespace dk::test
