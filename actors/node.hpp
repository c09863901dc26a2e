// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/api/gateway.hpp"
#include "actors/node_health.hpp"
#include "base/result.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace dk {

/// HOST:PORT; port 0 is any free one.
struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
};
/// kInvalid names what is wrong with the text.
Result<Endpoint> parse_endpoint(const std::string& text);

struct NodeConfig {
  std::string name;
  std::uint32_t cores = 1;  ///< how many workers may run here
  /// What executors may use together; 0: nobody looks.
  std::uint64_t memory_bytes = 0;
  std::uint64_t disk_bytes = 0;                 ///< for checkpoints; 0: as much as there is
  std::map<std::string, std::string> labels{};  ///< what jobs may ask for with `nodes`
  std::filesystem::path data;
  /// Where this node listens for the others. Anything but loopback needs `certs`.
  Endpoint listen{"127.0.0.1", 0};
  /// The host that others dial for that; empty: the one of `listen`, or if that is a wildcard, the
  /// address from which this machine reaches the first of `join`.
  std::string advertise{};
  std::filesystem::path certs{};  ///< this machine's bundle: all talk is over TLS
  bool supervisor = false;
  bool standby = false;           ///< keeps a copy of the supervisor's state, and may be elected
  Endpoint http{"127.0.0.1", 0};  ///< of the HTTP API, of a supervisor or standby
  /// Where supervisor and standbys listen, for a node that does not lead; one that lives is enough.
  std::vector<Endpoint> join{};
  /// Jobs that have ended, of which a supervisor remembers record, events and result.
  std::size_t keep_jobs = 1000;
  std::string program;  ///< started as `program executor` for each executor
  /// How the node is, once per `heartbeat` (0: never), by an actor of it: silence means that it
  /// hangs.
  std::function<void(const NodeHealth&)> on_heartbeat{};
  std::chrono::milliseconds heartbeat{0};
  std::function<void(const Error&)> on_refused;  ///< the supervisor will never take this node in
};

/// One machine's part of a cluster: node agent, chunk store, and on one of them the supervisor with
/// its HTTP API.
class Node {
 public:
  virtual ~Node() = default;
  /// Where others dial it, with the real port.
  [[nodiscard]] virtual Endpoint listen() const = 0;
  /// Empty without a supervisor.
  [[nodiscard]] virtual Endpoint http() const = 0;
  /// Null without a supervisor.
  [[nodiscard]] virtual Gateway* gateway() = 0;
  /// Hands over what runs here, so that it can end without a loss: returns when nothing is left
  /// here. kUnavailable: not within the deadline, or there is no supervisor to hand it to.
  virtual Result<void> drain(std::chrono::milliseconds deadline) = 0;
};

/// A daemon's node. Ports that were picked freely are remembered in the data directory, so that a
/// supervisor comes back where its cluster looks for it. The destructor ends its executors. kInUse,
/// kInvalid, kIo.
Result<std::unique_ptr<Node>> start_node(const NodeConfig& config);

/// A supervisor, a node and its executors inside this process, with no network. `data` may be
/// empty: nothing outlives it.
Result<std::unique_ptr<Node>> start_local_node(const std::filesystem::path& data,
                                               std::uint32_t workers);

}  // namespace dk
