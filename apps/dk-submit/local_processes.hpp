// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace dk::submit {

/// `dk-node` daemons on loopback, children of this process: `node-1` is the supervisor, the others
/// join it. Each has its own directory under `data`, with its output in `log`. They end with their
/// owner (SIGTERM, after five seconds SIGKILL) and with this process, however it ends. Start and
/// destroy on the main thread.
class LocalProcesses {
 public:
  struct Config {
    std::filesystem::path node_binary;
    unsigned count = 1;
    std::filesystem::path data;
  };

  /// Returns when all are ready. The error names the node that is not and ends with its log's tail.
  static Result<std::unique_ptr<LocalProcesses>> start(const Config& config);
  LocalProcesses(const LocalProcesses&) = delete;
  LocalProcesses& operator=(const LocalProcesses&) = delete;
  ~LocalProcesses();

  /// The supervisor's, `http://127.0.0.1:PORT`.
  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] const std::vector<pid_t>& pids() const { return pids_; }

 private:
  struct Ready {
    std::string listen;
    std::string http;
  };

  LocalProcesses() = default;
  Result<Ready> start_node(const Config& config, unsigned number, const std::string& supervisor);

  std::string url_;
  std::vector<pid_t> pids_;
};

}  // namespace dk::submit
