// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/node.hpp"

#include "actors/advertise.hpp"
#include "actors/api/http_server.hpp"
#include "actors/api/loopback.hpp"
#include "actors/candidate.hpp"
#include "actors/chunk_store_actor.hpp"
#include "actors/data_server.hpp"
#include "actors/error.hpp"
#include "actors/heartbeat.hpp"
#include "actors/local_gateway.hpp"
#include "actors/node_agent.hpp"
#include "actors/publish.hpp"
#include "actors/runtime_config.hpp"
#include "actors/security/credentials.hpp"
#include "actors/tls_wire.hpp"
#include "base/files.hpp"
#include "storage/data_directory.hpp"

#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <charconv>
#include <cstring>
#include <optional>
#include <random>
#include <sstream>
#include <thread>

namespace dk {
namespace {

/// In the data directory: where the cluster's candidates were found last, HOST:PORT in each line.
constexpr auto kDoors = "supervisors";

/// Everything in a node, in the order in which it is built; it ends in the opposite order.
class NodeImpl : public Node {
 public:
  NodeImpl(NodeConfig config, RuntimeConfig::Network network,
           std::shared_ptr<security::Credentials> credentials = nullptr)
      : config_(std::move(config)), runtime_(network, std::move(credentials)) {}
  ~NodeImpl() override;

  Result<void> start();

  [[nodiscard]] Endpoint listen() const override { return listen_; }
  [[nodiscard]] Endpoint http() const override {
    return http_ ? Endpoint{dialled(config_.http.host), http_->port()} : Endpoint{};
  }
  [[nodiscard]] Gateway* gateway() override { return gateway_.get(); }
  Result<void> drain(std::chrono::milliseconds deadline) override;

 private:
  [[nodiscard]] bool networked() const { return !config_.listen.host.empty(); }
  [[nodiscard]] bool candidate() const { return config_.supervisor || config_.standby; }
  /// The host under which others reach what listens on `host`.
  [[nodiscard]] std::string dialled(const std::string& host) const {
    return is_wildcard(host) ? config_.advertise : host;
  }
  Result<void> open_stores();
  Result<void> open_chunks();
  Result<void> start_supervisor();
  Result<void> start_candidate();
  [[nodiscard]] std::vector<Peer> known_doors() const;
  void keep_doors(const Supervisors& supervisors) const;
  Result<void> start_http();
  Result<void> start_agent();
  Result<std::uint16_t> publish(const caf::strong_actor_ptr& actor, std::uint16_t port) {
    return dk::publish(*system_, actor, config_.listen.host, port);
  }
  [[nodiscard]] std::uint16_t remembered(const char* name);
  void remember(const char* name, std::uint16_t port);
  [[nodiscard]] std::string cluster() const { return directory_ ? directory_->cluster() : "local"; }

  NodeConfig config_;
  RuntimeConfig runtime_;
  std::optional<storage::DataDirectory> directory_;
  std::shared_ptr<storage::ChunkStore> chunks_;
  std::shared_ptr<storage::KeyValueStore> entries_;
  std::shared_ptr<storage::StateStore> state_;
  std::shared_ptr<EventLog> log_ = std::make_shared<EventLog>();
  std::unique_ptr<caf::actor_system> system_;
  ChunkStoreActor chunk_actor_;
  DataServerActor data_server_;
  JournalActor journal_;
  CandidateActor candidate_;
  LocalDoorActor door_;
  LocalSupervisorActor supervisor_;
  LocalNodeAgentActor agent_;
  HeartbeatActor heartbeat_;
  std::shared_ptr<Launcher> launcher_;
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<HttpServer> http_;
  Endpoint listen_;
};

NodeImpl::~NodeImpl() {
  if (http_) http_->stop();
  http_.reset();
  gateway_.reset();
  if (!system_) return;
  const auto end = [](auto& actor) {
    if (actor) caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    actor = nullptr;
  };
  end(heartbeat_);
  end(door_);
  end(supervisor_);
  end(agent_);
  launcher_.reset();
  end(journal_);
  end(candidate_);
  end(data_server_);
  end(chunk_actor_);
  system_.reset();
}

Result<void> NodeImpl::start() {
  DK_TRY(open_stores());
  system_ = std::make_unique<caf::actor_system>(runtime_);
  chunk_actor_ = spawn_blocking(*system_, chunk_store_actor, chunks_);
  data_server_ = system_->spawn(data_server, DataServerConfig{});
  if (candidate()) {
    DK_TRY(networked() ? start_candidate() : start_supervisor());
  }
  DK_TRY(start_agent());
  return {};
}

Result<void> NodeImpl::drain(std::chrono::milliseconds deadline) {
  Result<void> result;
  caf::scoped_actor self{*system_};
  self->request(agent_, deadline, drain_atom_v)
      .receive([](bool) {}, [&](const caf::error& why) { result = fail(from_caf(why)); });
  return result;
}

Result<void> NodeImpl::open_stores() {
  if (config_.data.empty()) {
    chunks_ = storage::make_memory_chunk_store();
    state_ = storage::make_memory_state_store();
    return {};
  }
  DK_TRY_ASSIGN(auto directory, storage::DataDirectory::open(config_.data, config_.name));
  directory_.emplace(std::move(directory));
  DK_TRY(open_chunks());
  if (!candidate()) return {};
  if (config_.supervisor) DK_TRY(directory_->found_cluster());
  DK_TRY_ASSIGN(entries_, storage::open_rocksdb_key_value_store(directory_->state(),
                                                                storage::KeyValueProfile::kState));
  auto state = storage::make_state_store(entries_);
  if (!state) return fail_in(directory_->state().string(), state.error());
  state_ = std::move(*state);
  return {};
}

Result<void> NodeImpl::open_chunks() {
  auto chunks = storage::open_chunk_store(directory_->chunks(), config_.disk_bytes);
  if (!chunks && chunks.error().code == Errc::kCorrupt) {
    const auto why = chunks.error().message;
    DK_TRY_ASSIGN(const auto aside, directory_->set_chunks_aside());
    spdlog::error("the stored checkpoints are damaged: {}; they were set aside as {}", why,
                  aside.string());
    chunks = storage::open_chunk_store(directory_->chunks(), config_.disk_bytes);
  }
  if (!chunks) return fail(chunks.error());
  chunks_ = std::move(*chunks);
  return {};
}

Result<void> NodeImpl::start_supervisor() {
  DK_TRY_ASSIGN(auto jobs, unfinished_jobs(*state_, *log_));
  DK_TRY_ASSIGN(auto drained, drained_nodes(*state_));
  journal_ = spawn_blocking(*system_, journal_actor, state_, log_);
  supervisor_ = system_->spawn(
      supervisor_actor,
      SupervisorConfig{cluster(), config_.name, journal_, std::move(jobs), std::move(drained)});
  gateway_ = make_local_gateway(*system_, supervisor_, state_, chunks_, log_, config_.keep_jobs);
  return {};
}

Result<void> NodeImpl::start_candidate() {
  if (auto sound = check_candidate_state(entries_); !sound)
    return fail_in(directory_->state().string(), sound.error());
  CandidateConfig config;
  config.cluster = directory_->cluster();
  config.name = config_.name;
  config.host = config_.advertise;
  config.founds = config_.supervisor;
  config.contacts = known_doors();
  config.entries = entries_;
  config.log = log_;
  config.seed = std::random_device{}();
  config.on_refused = config_.on_refused;
  candidate_ = spawn_blocking(*system_, candidate_actor, std::move(config));
  const auto standing = std::make_shared<Standing>();
  door_ = system_->spawn(supervisor_door, DoorConfig{[this] { return cluster(); }, config_.name,
                                                     candidate_, standing});
  const auto wanted = config_.listen.port != 0 ? config_.listen.port : remembered("port/listen");
  const auto door = caf::actor_cast<caf::strong_actor_ptr>(door_);
  auto port = publish(door, wanted);
  if (!port && config_.listen.port == 0) port = publish(door, 0);
  if (!port) return fail(port.error());
  listen_ = {config_.advertise, *port};
  remember("port/listen", *port);
  gateway_ = make_local_gateway(*system_, door_, state_, chunks_, log_, config_.keep_jobs,
                                [standing] { return standing->elsewhere(); });
  DK_TRY(start_http());
  Result<void> begun;
  caf::scoped_actor self{*system_};
  self->request(candidate_, caf::infinite, join_atom_v, door_, listen_.port,
                fmt::format("{}:{}", dialled(config_.http.host), http_->port()))
      .receive([](bool) {}, [&](const caf::error& why) { begun = fail(from_caf(why)); });
  return begun;
}

std::vector<Peer> NodeImpl::known_doors() const {
  std::vector<Peer> doors;
  for (const auto& door : config_.join) doors.push_back({door.host, door.port, {}});
  std::istringstream lines(read_file(directory_->path() / kDoors).value_or(""));
  for (std::string line; std::getline(lines, line);) {
    if (const auto door = parse_endpoint(line)) doors.push_back({door->host, door->port, {}});
  }
  return doors;
}

void NodeImpl::keep_doors(const Supervisors& supervisors) const {
  std::string text;
  for (const auto& door : supervisors.doors) text += fmt::format("{}:{}\n", door.host, door.port);
  const auto kept = write_file_atomic(directory_->path() / kDoors, std::as_bytes(std::span(text)));
  if (!kept) spdlog::warn("{}", kept.error().message);
}

Result<void> NodeImpl::start_http() {
  const auto wanted = config_.http.port != 0 ? config_.http.port : remembered("port/http");
  std::optional<api::Security> security;
  if (const auto wire = runtime_.wire) {
    security = api::Security{
        wire->shared_credentials(),
        std::make_shared<security::TokenFile>(config_.certs / security::TokenFile::kName),
        [wire](const std::string& from, const std::string& why) { wire->refused(from, why); }};
  }
  auto server = HttpServer::start(*gateway_, config_.http.host, wanted, security);
  if (!server && config_.http.port == 0)
    server = HttpServer::start(*gateway_, config_.http.host, 0, security);
  if (!server) return fail(server.error());
  http_ = std::move(*server);
  remember("port/http", http_->port());
  return {};
}

Result<void> NodeImpl::start_agent() {
  NodeAgentConfig agent;
  agent.name = config_.name;
  agent.cores = config_.cores;
  agent.memory_bytes = config_.memory_bytes;
  agent.labels = config_.labels;
  if (const auto wire = runtime_.wire) {
    agent.certificate_ends = [wire] {
      return std::chrono::floor<std::chrono::seconds>(wire->credentials().expires())
          .time_since_epoch()
          .count();
    };
  }
  agent.chunks = chunk_actor_;
  agent.data = data_server_;
  agent.cluster = cluster();
  agent.on_refused = config_.on_refused;
  agent.on_cluster = [this](const std::string& id) -> Result<void> {
    if (directory_) return directory_->adopt_cluster(id);
    return {};
  };
  // The launcher tells the agent, which comes after it.
  auto agent_handle = std::make_shared<LocalNodeAgentActor>();
  const auto on_exit = [agent_handle](const ExecutorExit& exit) {
    if (*agent_handle) caf::anon_send(*agent_handle, exited_atom_v, exit);
  };
  if (networked()) {
    launcher_ = make_process_launcher({config_.program, config_.listen.host, config_.advertise,
                                       directory_->logs().string(), config_.cores,
                                       config_.certs.string(), on_exit});
    agent.others = known_doors();
    agent.supervisor = candidate() ? Peer{listen_.host, listen_.port, {}} : agent.others.front();
    agent.on_supervisors = [this](const Supervisors& supervisors) { keep_doors(supervisors); };
  } else {
    launcher_ = make_local_launcher(*system_, on_exit);
    agent.supervisor = Peer{{}, 0, caf::actor_cast<caf::strong_actor_ptr>(supervisor_)};
  }
  agent.launcher = launcher_;
  agent.host = config_.advertise;
  agent_ = system_->spawn(node_agent, std::move(agent));
  *agent_handle = agent_;
  if (config_.heartbeat.count() > 0) {
    heartbeat_ =
        system_->spawn(heartbeat, HeartbeatConfig{agent_, config_.heartbeat, config_.on_heartbeat});
  }
  if (!networked()) return {};
  DK_TRY_ASSIGN(const auto port, publish(caf::actor_cast<caf::strong_actor_ptr>(agent_),
                                         candidate() ? std::uint16_t{0} : config_.listen.port));
  caf::anon_send(agent_, join_atom_v, port);
  if (!candidate()) listen_ = {config_.advertise, port};
  return {};
}

std::uint16_t NodeImpl::remembered(const char* name) {
  const auto value = state_->value(name);
  if (!value || !*value || (*value)->size() != sizeof(std::uint16_t)) return 0;
  std::uint16_t port = 0;
  std::memcpy(&port, (*value)->data(), sizeof port);
  return port;
}

void NodeImpl::remember(const char* name, std::uint16_t port) {
  storage::StateBatch batch;
  batch.put_value(name, std::as_bytes(std::span(&port, 1)));
  if (auto saved = state_->commit(batch); !saved)
    spdlog::warn("{}: {}", name, saved.error().message);
}

/// On this machine alone nodes may talk in the clear.
Result<void> check_loopback(const char* option, const std::string& host, const std::string& name) {
  if (api::is_loopback(host)) return {};
  return fail(
      Errc::kInvalid,
      "{} {}: off loopback (127.0.0.1) a node needs certificates. Once for the cluster, once "
      "for each machine, and then with each node:\n{}",
      option, host, security::how_to_make_bundles(name, is_wildcard(host) ? name : host));
}

/// The host that others dial.
Result<std::string> advertised(const NodeConfig& config) {
  if (!config.advertise.empty() || !is_wildcard(config.listen.host))
    return config.advertise.empty() ? config.listen.host : config.advertise;
  if (config.join.empty()) {
    return fail(Errc::kInvalid,
                "--listen {} is every address of this machine; --advertise HOST has to say which "
                "of them, or which name, other nodes dial",
                config.listen.host);
  }
  return address_towards(config.join.front().host, config.join.front().port);
}

Result<std::shared_ptr<security::Credentials>> open_credentials(const std::filesystem::path& path) {
  DK_TRY_ASSIGN(auto credentials, security::Credentials::open(path, [](const std::string& line) {
                  spdlog::warn("{}", line);
                }));
  if (credentials->identity().role != security::Role::kNode) {
    return fail(Errc::kInvalid,
                "{}: the certificate of '{}' is a user's; `dk-node certs issue NAME --host HOST` "
                "makes a machine's",
                path.string(), credentials->identity().name);
  }
  return credentials;
}

}  // namespace

Result<Endpoint> parse_endpoint(const std::string& text) {
  const auto colon = text.rfind(':');
  std::uint16_t port = 0;
  if (colon != std::string::npos && colon > 0) {
    const auto* last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data() + colon + 1, last, port);
    if (error == std::errc{} && end == last && colon + 1 < text.size())
      return Endpoint{text.substr(0, colon), port};
  }
  return fail(Errc::kInvalid, "'{}' is no HOST:PORT, such as 127.0.0.1:7300", text);
}

Result<std::unique_ptr<Node>> start_node(const NodeConfig& config) {
  std::shared_ptr<security::Credentials> credentials;
  if (!config.certs.empty()) {
    DK_TRY_ASSIGN(credentials, open_credentials(config.certs));
  } else {
    DK_TRY(check_loopback("--listen", config.listen.host, config.name));
    if (config.supervisor || config.standby)
      DK_TRY(check_loopback("--http", config.http.host, config.name));
  }
  if (!config.supervisor && config.join.empty())
    return fail(Errc::kInvalid, "a node that does not lead joins one that does");
  auto complete = config;
  DK_TRY_ASSIGN(complete.advertise, advertised(config));
  auto node = std::make_unique<NodeImpl>(std::move(complete), RuntimeConfig::Network::kTcp,
                                         std::move(credentials));
  if (auto started = node->start(); !started) {
    // Ending half a node can take CAF 0.17 for ever; the process is about to end anyway.
    static_cast<void>(node.release());
    return fail(started.error());
  }
  return std::unique_ptr<Node>(std::move(node));
}

Result<std::unique_ptr<Node>> start_local_node(const std::filesystem::path& data,
                                               std::uint32_t workers) {
  NodeConfig config;
  config.name = "local";
  config.cores = workers;
  config.data = data;
  config.listen = {};
  config.supervisor = true;
  auto node = std::make_unique<NodeImpl>(config, RuntimeConfig::Network::kNone);
  DK_TRY(node->start());
  return std::unique_ptr<Node>(std::move(node));
}

}  // namespace dk
