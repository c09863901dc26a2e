// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/remote_data.hpp"

#include "actors/defaults.hpp"
#include "actors/dialer.hpp"
#include "actors/error.hpp"
#include "actors/runtime_config.hpp"
#include "storage/data/remote_reader.hpp"

#include <caf/all.hpp>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <thread>

namespace dk {
namespace {

/// Sends a request and waits for its answer, on a thread that may block.
template <class T, class Handle, class... Args>
Result<T> ask(caf::scoped_actor& self, const Handle& to, caf::timespan timeout, Args&&... args) {
  Result<T> result = fail(Errc::kUnavailable, "no answer");
  self->request(to, timeout, std::forward<Args>(args)...)
      .receive([&](T& value) { result = std::move(value); },
               [&](caf::error& why) { result = fail(from_caf(why)); });
  return result;
}

Result<caf::strong_actor_ptr> dial(caf::scoped_actor& self, const Peer& peer) {
  if (peer.host.empty()) {
    if (!peer.handle) return fail(Errc::kUnavailable, "no address to dial");
    return peer.handle;
  }
  Result<caf::strong_actor_ptr> result = fail(Errc::kUnavailable, "publishes no actor");
  self->request(dialer(self->system()), caf::timespan(defaults::kDialTimeout),
                caf::connect_atom::value, peer.host, peer.port)
      .receive(
          [&](const caf::node_id&, caf::strong_actor_ptr& handle, const std::set<std::string>&) {
            if (handle) result = std::move(handle);
          },
          [&](caf::error& why) {
            result = fail(Errc::kUnavailable, "cannot reach {}:{}: {}", peer.host, peer.port,
                          from_caf(why).message);
          });
  return result;
}

/// One source on the nodes that have it. Thread-safe.
class LentFiles {
 public:
  LentFiles(caf::actor_system& system, std::shared_ptr<const DataNodes> nodes,
            const storage::SourceConfig& config)
      : system_(system),
        nodes_(std::move(nodes)),
        source_(storage::to_json(config).dump(-1, ' ', false,
                                              nlohmann::json::error_handler_t::replace)),
        files_(storage::describe(config)) {}

  /// What the first node that can open the files says.
  Result<DataShape> open();
  Result<void> fetch(std::uint64_t first, std::size_t count, std::span<float> x,
                     std::span<float> y);

  [[nodiscard]] const std::string& source() const { return source_; }
  [[nodiscard]] const std::string& files() const { return files_; }

 private:
  using Work = std::function<Result<void>(caf::scoped_actor&, const NodePeer&)>;

  Result<void> with_any_node(const Work& work);
  Result<DataServerActor> server(caf::scoped_actor& self, const NodePeer& node);
  Result<DataServerActor> open_at(caf::scoped_actor& self, const NodePeer& node);
  Result<void> fetch_from(caf::scoped_actor& self, const NodePeer& node, std::uint64_t first,
                          std::size_t count, std::span<float> x, std::span<float> y);
  [[nodiscard]] std::vector<NodePeer> by_preference() const;
  void prefer(const std::string& node);
  void forget(const std::string& node);

  caf::actor_system& system_;
  std::shared_ptr<const DataNodes> nodes_;
  std::string source_;
  std::string files_;
  mutable std::mutex mutex_;
  std::optional<DataShape> shape_;                 ///< what all nodes have to agree to
  std::map<std::string, DataServerActor> opened_;  ///< those that did
  std::string preferred_;
};

std::vector<NodePeer> LentFiles::by_preference() const {
  auto nodes = nodes_->get();
  const std::lock_guard lock(mutex_);
  std::stable_partition(nodes.begin(), nodes.end(),
                        [&](const NodePeer& node) { return node.name == preferred_; });
  return nodes;
}

void LentFiles::prefer(const std::string& node) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(preferred_, node) != node)
    spdlog::info("{} is not on this machine: reading it from node {}", files_, node);
}

void LentFiles::forget(const std::string& node) {
  const std::lock_guard lock(mutex_);
  opened_.erase(node);
}

/// Tries the nodes in turn, in rounds, for as long as one that failed may do better the next time.
Result<void> LentFiles::with_any_node(const Work& work) {
  caf::scoped_actor self(system_);
  const auto deadline = std::chrono::steady_clock::now() + defaults::kDataPatience;
  for (;;) {
    std::string said;
    bool hope = false;
    bool missing = true;
    for (const auto& node : by_preference()) {
      const auto done = work(self, node);
      if (done) {
        prefer(node.name);
        return {};
      }
      hope |= done.error().code == Errc::kUnavailable;
      missing &= done.error().code == Errc::kNotFound;
      said +=
          fmt::format("{}node {}: {}", said.empty() ? "" : "; ", node.name, done.error().message);
    }
    if (!hope || std::chrono::steady_clock::now() >= deadline) {
      return fail(missing ? Errc::kNotFound : (hope ? Errc::kUnavailable : Errc::kInvalid),
                  "no node lends {} ({})", files_, said.empty() ? "there is none" : said);
    }
    std::this_thread::sleep_for(defaults::kRedial);
  }
}

Result<DataShape> LentFiles::open() {
  const auto open = [this](caf::scoped_actor& self, const NodePeer& node) -> Result<void> {
    DK_TRY(open_at(self, node));
    return {};
  };
  DK_TRY(with_any_node(open));
  const std::lock_guard lock(mutex_);
  return *shape_;
}

Result<void> LentFiles::fetch(std::uint64_t first, std::size_t count, std::span<float> x,
                              std::span<float> y) {
  return with_any_node([&](caf::scoped_actor& self, const NodePeer& node) {
    return fetch_from(self, node, first, count, x, y);
  });
}

Result<DataServerActor> LentFiles::server(caf::scoped_actor& self, const NodePeer& node) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = opened_.find(node.name); found != opened_.end()) return found->second;
  }
  return open_at(self, node);
}

Result<DataServerActor> LentFiles::open_at(caf::scoped_actor& self, const NodePeer& node) {
  DK_TRY_ASSIGN(const auto agent, dial(self, node.agent));
  DK_TRY_ASSIGN(const auto handle,
                ask<caf::strong_actor_ptr>(self, caf::actor_cast<NodeAgentActor>(agent),
                                           defaults::kControlTimeout, data_atom_v));
  if (!handle) return fail(Errc::kNotFound, "has no data server");
  const auto server = caf::actor_cast<DataServerActor>(handle);
  DK_TRY_ASSIGN(const auto shape,
                ask<DataShape>(self, server, defaults::kDataOpenTimeout, open_atom_v, source_));
  const std::lock_guard lock(mutex_);
  if (!shape_) shape_ = shape;
  if (shape.fingerprint != shape_->fingerprint || shape.rows != shape_->rows ||
      shape.schema != shape_->schema || shape.group_rows != shape_->group_rows ||
      shape.features_are_bytes != shape_->features_are_bytes) {
    return fail(Errc::kInvalid, "has other files of these names ({} rows, not {})", shape.rows,
                shape_->rows);
  }
  opened_[node.name] = server;
  return server;
}

Result<void> LentFiles::fetch_from(caf::scoped_actor& self, const NodePeer& node,
                                   std::uint64_t first, std::size_t count, std::span<float> x,
                                   std::span<float> y) {
  DK_TRY_ASSIGN(const auto lender, server(self, node));
  const auto rows = ask<DataRows>(self, lender, defaults::kControlTimeout, get_atom_v, source_,
                                  shape_->fingerprint, first, static_cast<std::uint32_t>(count));
  if (!rows) {
    forget(node.name);
    // Its files may be what they were when they are opened again.
    return fail(rows.error().code == Errc::kInvalid ? Errc::kUnavailable : rows.error().code, "{}",
                rows.error().message);
  }
  if (rows->x.size() != x.size() || rows->y.size() != y.size()) {
    return fail(Errc::kCorrupt, "sent {} and {} numbers, not {} and {}", rows->x.size(),
                rows->y.size(), x.size(), y.size());
  }
  std::ranges::copy(rows->x.span(), x.begin());
  std::ranges::copy(rows->y.span(), y.begin());
  return {};
}

Result<std::shared_ptr<const storage::Reader>> open_elsewhere(
    const std::shared_ptr<LentFiles>& files, const storage::SourceConfig& config,
    storage::CacheDirectory cache) {
  DK_TRY_ASSIGN(const auto shape, files->open());
  const auto json = nlohmann::json::parse(shape.schema, nullptr, false);
  DK_TRY_ASSIGN(auto schema, storage::schema_from_json(json, "another node's schema"));
  storage::RemoteSource source{files->source(),      files->files(),   std::move(schema),
                               shape.rows,           shape.group_rows, shape.features_are_bytes,
                               config.allow_missing, shape.fingerprint};
  storage::RemoteAccess access{
      [files](std::uint64_t first, std::size_t count, std::span<float> x, std::span<float> y) {
        return files->fetch(first, count, x, y);
      },
      std::move(cache),
      [](const Error& why) { spdlog::warn("rows of other nodes are not kept: {}", why.message); }};
  return storage::make_remote_reader(std::move(source), std::move(access));
}

bool has_own_threads(caf::actor_system& system) {
  const auto* config = dynamic_cast<const RuntimeConfig*>(&system.config());
  return config == nullptr || config->own_threads;
}

}  // namespace

void DataNodes::set(const Attached& attached) {
  auto nodes = attached.nodes;
  std::stable_partition(nodes.begin(), nodes.end(), [&](const NodePeer& node) {
    return !attached.job || !node.agent.handle || node.agent.handle->node() != attached.job->node();
  });
  set(std::move(nodes));
}

void DataNodes::set(std::vector<NodePeer> nodes) {
  const std::lock_guard lock(mutex_);
  nodes_ = std::move(nodes);
}

std::vector<NodePeer> DataNodes::get() const {
  const std::lock_guard lock(mutex_);
  return nodes_;
}

storage::OpenReader open_here_or_elsewhere(caf::actor_system& system,
                                           std::shared_ptr<const DataNodes> nodes) {
  if (!has_own_threads(system)) return storage::open_reader;
  return [&system, nodes](
             const storage::SourceConfig& config,
             storage::FileAccess access) -> Result<std::shared_ptr<const storage::Reader>> {
    auto cache = access.cache;
    auto here = storage::open_reader(config, std::move(access));
    if (here || here.error().code != Errc::kNotFound) return here;
    auto lent = open_elsewhere(std::make_shared<LentFiles>(system, nodes, config), config,
                               std::move(cache));
    if (lent) return lent;
    return fail(lent.error().code, "{}; {}", here.error().message, lent.error().message);
  };
}

DataLoaderActor::behavior_type data_loader(DataLoaderActor::pointer self,
                                           storage::DataConfig config, storage::OpenReader open) {
  return {[self, config = std::move(config), open = std::move(open)](open_atom) {
    self->quit();
    return answer(storage::Dataset::load(config, storage::CacheDirectory::standard(), open));
  }};
}

}  // namespace dk
