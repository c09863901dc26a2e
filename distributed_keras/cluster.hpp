// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/api/gateway.hpp"
#include "actors/api/http_gateway.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace dk {

class Node;

// Keeps these classes apart from those of the same names in the runtime: dk::Adag is this one for
// everybody who includes this header, and none of its symbols is the runtime's.
inline namespace trainers {

/// What an embedded cluster may use.
struct EmbeddedConfig {
  /// Where checkpoints go; empty: they end with the cluster.
  std::filesystem::path directory{};
  /// How many workers run at once; 0: as many as the machine has cores.
  std::uint32_t cores = 0;
  /// Everything that the runtime has to tell goes to spdlog's default logger; without it, that
  /// logger's level becomes `warn`.
  bool verbose = false;
};

/// How a program meets a cluster that stands.
struct ConnectConfig {
  /// `http://HOST:PORT` or `https://HOST:PORT`, or several with commas in between: the supervisor
  /// and its standbys.
  std::string urls{"http://127.0.0.1:7300"};
  /// As whom, over https.
  HttpUser user{};
  /// A directory that the cluster's machines see under the same path: models and arrays of the
  /// caller's memory are handed over there. Empty: the temporary one, for a cluster on this
  /// machine.
  std::filesystem::path shared_directory{};
};

/// Where jobs live: a supervisor, workers and parameter servers inside this process, or a standing
/// cluster of `dk-node` daemons behind its HTTP API. Calls may come from any thread; what trains
/// must end before its cluster does.
///
///     DK_TRY_ASSIGN(const auto cluster, dk::Cluster::embed());
///     DK_TRY_ASSIGN(const auto cluster, dk::Cluster::connect({.urls = "http://10.0.0.1:7300"}));
class Cluster {
 public:
  /// Starts it; no daemon, no network. kIo, kInUse.
  static Result<std::unique_ptr<Cluster>> embed(const EmbeddedConfig& config = {});
  /// Connects only when something is asked. kInvalid for a URL or a user's files that are not in
  /// order.
  static Result<std::unique_ptr<Cluster>> connect(const ConnectConfig& config = {});
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;
  /// Ends an embedded one, with the jobs that run there.
  ~Cluster();

  /// Everything else that can be asked: jobs, status, events, checkpoints, nodes.
  [[nodiscard]] Gateway& gateway();
  /// Where files are handed over.
  [[nodiscard]] const std::filesystem::path& shared_directory() const { return shared_; }

 private:
  Cluster();

  std::unique_ptr<Node> node_;
  std::unique_ptr<HttpGateway> remote_;
  std::filesystem::path shared_;
};

}  // namespace trainers
}  // namespace dk
