// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/tls_wire.hpp"

#include "actors/defaults.hpp"

#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/doorman.hpp>
#include <caf/io/middleman_actor_impl.hpp>
#include <caf/io/network/acceptor_impl.hpp>
#include <caf/io/network/default_multiplexer.hpp>
#include <caf/io/network/stream_impl.hpp>
#include <caf/io/scribe.hpp>
#include <openssl/err.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <utility>

namespace dk {
namespace {

namespace net = caf::io::network;
using security::Connection;
using Multiplexer = net::default_multiplexer;

/// Written in one go before others have their turn.
constexpr std::size_t kMostAtOnce = std::size_t{1} << 20;
constexpr std::size_t kMostSources = 1024;
constexpr std::chrono::minutes kLogAgain{1};

/// How CAF's stream reads and writes: bytes of a session whose handshake is done.
class Bytes {
 public:
  Bytes(Connection connection, std::shared_ptr<TlsWire> wire)
      : session_(std::move(connection.session)),
        peer_(std::move(connection.peer)),
        generation_(connection.generation),
        wire_(std::move(wire)) {}

  net::rw_state read_some(std::size_t& result, net::native_socket, void* data, std::size_t size) {
    result = 0;
    if (size == 0) return net::rw_state::indeterminate;
    if (!still_welcome()) return net::rw_state::failure;
    ::ERR_clear_error();
    if (::SSL_read_ex(session_.get(), data, size, &result) == 1) return net::rw_state::success;
    return after(0);
  }

  net::rw_state write_some(std::size_t& result, net::native_socket, const void* data,
                           std::size_t size) {
    result = 0;
    if (size == 0) return net::rw_state::indeterminate;
    ::ERR_clear_error();
    while (result < std::min(size, kMostAtOnce)) {
      std::size_t count = 0;
      const auto* next = static_cast<const char*>(data) + result;
      if (::SSL_write_ex(session_.get(), next, size - result, &count) != 1) return after(0);
      result += count;
    }
    return net::rw_state::success;
  }

  /// What libssl has taken from the socket already, no poll reports again.
  bool must_read_more(net::native_socket, std::size_t) { return ::SSL_pending(session_.get()) > 0; }

 private:
  net::rw_state after(int result) {
    const int code = ::SSL_get_error(session_.get(), result);
    if (code == SSL_ERROR_WANT_READ || code == SSL_ERROR_WANT_WRITE) return net::rw_state::success;
    if (code == SSL_ERROR_SSL)
      wire_->refused(peer_, "the connection broke off: " + security::last_openssl_error());
    return net::rw_state::failure;
  }

  bool still_welcome() {
    const auto generation = wire_->credentials().generation();
    if (generation == generation_) return true;
    const security::Certificate certificate(::SSL_get1_peer_certificate(session_.get()));
    const auto checked = wire_->credentials().check(*certificate);
    if (!checked) wire_->refused(peer_, "it was cut off: " + checked.error().message);
    generation_ = generation;
    return checked.has_value();
  }

  security::Session session_;
  std::string peer_;
  std::uint64_t generation_;
  std::shared_ptr<TlsWire> wire_;
};

/// One connection, as CAF's brokers know it.
class Scribe : public caf::io::scribe {
 public:
  /// Owns the socket, which is the connection's no more.
  Scribe(Multiplexer& multiplexer, int socket, Connection connection, std::shared_ptr<TlsWire> wire)
      : scribe(net::conn_hdl_from_socket(socket)),
        stream_(multiplexer, socket, std::move(connection), std::move(wire)) {}

  void configure_read(caf::io::receive_policy::config config) override {
    stream_.configure_read(config);
    if (!std::exchange(launched_, true)) stream_.start(this);
  }
  void ack_writes(bool enable) override { stream_.ack_writes(enable); }
  std::vector<char>& wr_buf() override { return stream_.wr_buf(); }
  std::vector<char>& rd_buf() override { return stream_.rd_buf(); }
  void graceful_shutdown() override {
    stream_.graceful_shutdown();
    detach(&stream_.backend(), false);
  }
  void flush() override { stream_.flush(this); }
  std::string addr() const override {
    auto address = net::remote_addr_of_fd(stream_.fd());
    return address ? *address : std::string{};
  }
  std::uint16_t port() const override {
    const auto port = net::remote_port_of_fd(stream_.fd());
    return port ? *port : std::uint16_t{0};
  }
  void add_to_loop() override { stream_.activate(this); }
  void remove_from_loop() override { stream_.passivate(); }

 private:
  bool launched_ = false;
  net::stream_impl<Bytes> stream_;
};

caf::intrusive_ptr<Scribe> make_scribe(Multiplexer& multiplexer, Connection connection,
                                       const std::shared_ptr<TlsWire>& wire) {
  const int socket = connection.socket.release();
  return caf::make_counted<Scribe>(multiplexer, socket, std::move(connection), wire);
}

/// Takes a token for each connection that is ready, in accept's place.
struct Tokens {
  static bool try_accept(net::native_socket& result, net::native_socket ready) {
    char token = 0;
    if (::recv(ready, &token, 1, MSG_DONTWAIT) != 1) return false;
    result = ready;
    return true;
  }
};

/// A published port, as CAF's brokers know it.
class Doorman : public caf::io::doorman {
 public:
  /// Owns `ready`, the acceptor's.
  Doorman(Multiplexer& multiplexer, int ready, std::unique_ptr<security::NodeAcceptor> acceptor,
          std::string address, std::uint16_t port, std::shared_ptr<TlsWire> wire)
      : doorman(net::accept_hdl_from_socket(ready)),
        acceptor_(std::move(acceptor)),
        tokens_(multiplexer, ready),
        address_(std::move(address)),
        port_(port),
        wire_(std::move(wire)) {}

  bool new_connection() override {
    auto connection = acceptor_->take();
    if (detached() || !connection) return false;
    auto& multiplexer = tokens_.backend();
    auto scribe = make_scribe(multiplexer, std::move(*connection), wire_);
    const auto handle = scribe->hdl();
    parent()->add_scribe(std::move(scribe));
    return doorman::new_connection(&multiplexer, handle);
  }
  void graceful_shutdown() override {
    tokens_.graceful_shutdown();
    detach(&tokens_.backend(), false);
  }
  void launch() override { tokens_.start(this); }
  std::string addr() const override { return address_; }
  std::uint16_t port() const override { return port_; }
  void add_to_loop() override { tokens_.activate(this); }
  void remove_from_loop() override { tokens_.passivate(); }

 private:
  std::unique_ptr<security::NodeAcceptor> acceptor_;
  net::acceptor_impl<Tokens> tokens_;
  std::string address_;
  std::uint16_t port_;
  std::shared_ptr<TlsWire> wire_;
};

caf::io::doorman_ptr make_doorman(Multiplexer& multiplexer, security::Socket listening,
                                  const std::shared_ptr<TlsWire>& wire) {
  const auto port = net::local_port_of_fd(listening.get());
  auto address = net::local_addr_of_fd(listening.get());
  auto acceptor = std::make_unique<security::NodeAcceptor>(
      std::move(listening), wire->shared_credentials(),
      [wire](const std::string& from, const std::string& why) { wire->refused(from, why); });
  const int ready = acceptor->take_ready_socket().release();
  return caf::make_counted<Doorman>(multiplexer, ready, std::move(acceptor),
                                    address ? std::move(*address) : std::string{},
                                    port ? *port : std::uint16_t{0}, wire);
}

class Middleman : public caf::io::middleman_actor_impl {
 public:
  Middleman(caf::actor_config& config, caf::actor broker, std::shared_ptr<TlsWire> wire)
      : middleman_actor_impl(config, std::move(broker)), wire_(std::move(wire)) {}

  const char* name() const override { return "tls_middleman"; }

 protected:
  caf::expected<caf::io::scribe_ptr> connect(const std::string& host, std::uint16_t port) override {
    auto connection = wire_->take(host, port);
    if (!connection) return caf::sec::cannot_connect_to_node;
    return caf::io::scribe_ptr(make_scribe(multiplexer(), std::move(*connection), wire_));
  }

  caf::expected<caf::io::doorman_ptr> open(std::uint16_t port, const char* address,
                                           bool reuse) override {
    auto listening = net::new_tcp_acceptor_impl(port, address, reuse);
    if (!listening) return std::move(listening.error());
    return make_doorman(multiplexer(), security::Socket(*listening), wire_);
  }

 private:
  Multiplexer& multiplexer() { return static_cast<Multiplexer&>(system().middleman().backend()); }

  std::shared_ptr<TlsWire> wire_;
};

}  // namespace

class TlsWire::Module : public caf::actor_system::module {
 public:
  Module(caf::actor_system& system, std::shared_ptr<TlsWire> wire)
      : system_(system), wire_(std::move(wire)) {}

  void start() override {
    auto broker = system_.middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"));
    wire_->middleman_ =
        system_.spawn<Middleman, caf::detached + caf::hidden>(std::move(broker), wire_);
  }
  void stop() override {
    caf::scoped_actor self{system_, true};
    self->send_exit(wire_->middleman_, caf::exit_reason::kill);
    self->wait_for(wire_->middleman_);
    wire_->middleman_ = nullptr;
  }
  void init(caf::actor_system_config&) override {}
  id_t id() const override { return openssl_manager; }
  void* subtype_ptr() override { return this; }

 private:
  caf::actor_system& system_;
  std::shared_ptr<TlsWire> wire_;
};

TlsWire::TlsWire(std::shared_ptr<security::Credentials> credentials)
    : credentials_(std::move(credentials)) {}

Result<void> TlsWire::connect(const std::string& host, std::uint16_t port) {
  DK_TRY_ASSIGN(auto connection,
                connect_to_node(*credentials_, host, port, defaults::kConnectPatience));
  const std::lock_guard lock(mutex_);
  auto& made = made_[{host, port}];
  made.connections.push_back(std::move(connection));
  ++made.dials;
  return {};
}

void TlsWire::dialled(const std::string& host, std::uint16_t port) {
  const std::lock_guard lock(mutex_);
  const auto found = made_.find({host, port});
  if (found != made_.end() && --found->second.dials == 0) made_.erase(found);
}

std::optional<Connection> TlsWire::take(const std::string& host, std::uint16_t port) {
  const std::lock_guard lock(mutex_);
  const auto found = made_.find({host, port});
  if (found == made_.end() || found->second.connections.empty()) return {};
  auto connection = std::move(found->second.connections.back());
  found->second.connections.pop_back();
  return connection;
}

void TlsWire::refused(const std::string& from, const std::string& why) {
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  if (refusals_.size() >= kMostSources && !refusals_.contains(from))
    std::erase_if(refusals_,
                  [&](const auto& entry) { return now - entry.second.first > kLogAgain; });
  if (refusals_.size() >= kMostSources && !refusals_.contains(from)) return;
  auto& [since, unsaid] = refusals_[from];
  if (since != decltype(now){} && now - since < kLogAgain) {
    ++unsaid;
    return;
  }
  spdlog::warn("refused {}: {}{}", from, why,
               unsaid > 0 ? fmt::format(" ({} more since the last such line)", unsaid) : "");
  since = now;
  unsaid = 0;
}

caf::actor_system::module* TlsWire::make_module(caf::actor_system& system,
                                                std::shared_ptr<TlsWire> wire) {
  return new Module(system, std::move(wire));
}

}  // namespace dk
