// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed_keras/cluster.hpp"

#include "actors/node.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <thread>

namespace dk {
inline namespace trainers {
namespace {

Result<std::filesystem::path> directory(const std::filesystem::path& named) {
  std::error_code error;
  auto path = named.empty() ? std::filesystem::temp_directory_path(error)
                            : std::filesystem::absolute(named, error);
  if (error) return fail(Errc::kIo, "{}: {}", named.string(), error.message());
  if (!std::filesystem::is_directory(path, error)) {
    return fail(Errc::kInvalid, "{}: no such directory", path.string());
  }
  return path;
}

}  // namespace

Cluster::Cluster() = default;
Cluster::~Cluster() = default;

Result<std::unique_ptr<Cluster>> Cluster::embed(const EmbeddedConfig& config) {
  auto cluster = std::unique_ptr<Cluster>(new Cluster);
  DK_TRY_ASSIGN(cluster->shared_, directory({}));
  if (!config.verbose) spdlog::set_level(spdlog::level::warn);
  const auto cores =
      config.cores > 0 ? config.cores : std::max(1U, std::thread::hardware_concurrency());
  DK_TRY_ASSIGN(cluster->node_, start_local_node(config.directory, cores));
  return cluster;
}

Result<std::unique_ptr<Cluster>> Cluster::connect(const ConnectConfig& config) {
  auto cluster = std::unique_ptr<Cluster>(new Cluster);
  DK_TRY_ASSIGN(cluster->shared_, directory(config.shared_directory));
  DK_TRY_ASSIGN(cluster->remote_, HttpGateway::open(config.urls, config.user));
  return cluster;
}

Gateway& Cluster::gateway() {
  return node_ ? *node_->gateway() : *remote_;
}

}  // namespace trainers
}  // namespace dk
