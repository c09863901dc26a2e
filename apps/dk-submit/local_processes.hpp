// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace dk::submit {

/// `dk-node` daemons on loopback, children of this process: `node-1` is the supervisor, the others
/// join it, the first of them as standbys. Each has its own directory under `data`, with its output
/// in `log`. They end with their owner (SIGTERM, after five seconds SIGKILL) and with this process,
/// however it ends. Start and destroy on the main thread.
class LocalProcesses {
 public:
  struct Config {
    std::filesystem::path node_binary;
    unsigned count = 1;
    std::filesystem::path data;
    unsigned drain_seconds = 0;  ///< that a node has on SIGTERM to hand over
    unsigned standbys = 0;       ///< less than `count`
  };

  /// Returns when all are ready. The error names the node that is not and ends with its log's tail.
  static Result<std::unique_ptr<LocalProcesses>> start(const Config& config);
  LocalProcesses(const LocalProcesses&) = delete;
  LocalProcesses& operator=(const LocalProcesses&) = delete;
  ~LocalProcesses();

  /// The supervisor's, `http://127.0.0.1:PORT`, and its standbys', with commas in between.
  [[nodiscard]] std::string url() const;
  /// Of `node-1`, `node-2`, ...; 0: it is not there.
  [[nodiscard]] const std::vector<pid_t>& pids() const { return pids_; }
  /// Ends `node-N` with this signal and waits for its end; kUnavailable after `patience`.
  Result<void> end(unsigned number, int signal, std::chrono::seconds patience);
  /// Starts it again on its directory, with the same ports.
  Result<void> start_again(unsigned number);

 private:
  struct Ready {
    std::string listen;
    std::string http;
  };

  explicit LocalProcesses(Config config) : config_(std::move(config)) {}
  /// With its id in `pids_`.
  Result<Ready> start_node(unsigned number, const std::string& supervisor);

  Config config_;
  std::string door_;               ///< where nodes join
  std::vector<std::string> urls_;  ///< of supervisor and standbys
  std::vector<pid_t> pids_;
};

}  // namespace dk::submit
