// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/protocol.hpp"
#include "base/result.hpp"

#include <caf/actor_system.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace dk {

struct ExecutorMemory {
  Incarnation incarnation;
  std::uint64_t bytes = 0;
};

/// How a node agent brings executors to life: as child processes on a real node, as actors of its
/// own process for `run --local`.
class Launcher {
 public:
  /// Called once per executor, on any thread, when it is gone.
  using OnExit = std::function<void(const ExecutorExit&)>;

  virtual ~Launcher() = default;
  /// Starts an executor that attaches at `supervisor`. Returns its process id, or 0 without one.
  virtual Result<std::uint32_t> launch(const ExecutorLaunch& launch, const Peer& supervisor) = 0;
  /// Ends it at once if it runs. Does not wait.
  virtual void kill(Incarnation incarnation) = 0;
  /// The same, with the reason that its exit has.
  virtual void end(Incarnation incarnation, const std::string& reason);
  /// What each executor holds that no other process could use in its place; without those of which
  /// it is not known.
  [[nodiscard]] virtual std::vector<ExecutorMemory> memory() { return {}; }
};

/// Child processes: `program executor`, told what to do by one JSON line on standard input, which
/// stays open as a lifeline: when the daemon dies, however it dies, its executors read the end of
/// it and end too. Their output goes to files in `log_directory`. The destructor kills and reaps
/// what still runs.
struct ProcessLauncherConfig {
  std::string program;
  std::string listen_host;  ///< where executors listen for their peers
  std::string advertise;    ///< the host that their peers dial
  std::string log_directory;
  std::uint32_t cores = 1;
  std::string certs;  ///< the bundle with which they speak to other nodes; empty: in the clear
  Launcher::OnExit on_exit;
};
[[nodiscard]] std::unique_ptr<Launcher> make_process_launcher(ProcessLauncherConfig config);

/// Actors of `system`.
[[nodiscard]] std::unique_ptr<Launcher> make_local_launcher(caf::actor_system& system,
                                                            Launcher::OnExit on_exit);

/// What an executor process reads from its standard input, as one line of JSON.
struct ExecutorOrders {
  JobId job;
  Incarnation incarnation;
  std::string listen_host;
  std::string advertise;
  std::string supervisor_host;
  std::uint16_t supervisor_port = 0;
  std::string certs{};
  std::uint32_t cores = 1;  ///< how many workers may compute at once
};
[[nodiscard]] std::string to_json_line(const ExecutorOrders& orders);
[[nodiscard]] Result<ExecutorOrders> executor_orders_from_json(std::string_view line);

}  // namespace dk
