// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/security/credentials.hpp"
#include "base/result.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace dk::security {

/// A socket with an owner.
class Socket {
 public:
  explicit Socket(int descriptor = -1) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(other.release()) {}
  Socket& operator=(Socket&& other) noexcept;
  ~Socket();

  [[nodiscard]] int get() const { return descriptor_; }
  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

/// A connection whose handshake is done. The session does not own the socket.
struct Connection {
  Socket socket;
  Session session;
  std::string peer;              ///< its certificate's name; empty without one
  std::uint64_t generation = 0;  ///< of the credentials that let it in
};

/// Its peer's address as people write it, without the port.
[[nodiscard]] std::string address_of_peer(int socket);

/// Connects to another node; its certificate has to be for `host`. kUnavailable; kInvalid: it is
/// not whom we want, or it refuses us (with TLS 1.3 that may come out only when something is read).
[[nodiscard]] Result<Connection> connect_to_node(const Credentials& credentials,
                                                 const std::string& host, std::uint16_t port,
                                                 std::chrono::milliseconds patience);

/// Shakes hands as a server with many at once, on a thread of its own, which also keeps the
/// credentials fresh. Who does not finish in time is dropped, and so is the one that has taken
/// longest when there are too many.
class Handshakes {
 public:
  static constexpr std::chrono::seconds kPatience{5};
  static constexpr std::size_t kMostAtOnce = 128;
  /// An address and why it was refused; on any thread.
  using Refused = std::function<void(const std::string& from, const std::string& why)>;
  /// On the thread of the handshakes: must not take long.
  using Done = std::function<void(Connection connection)>;

  /// With a `listening` socket it accepts from that, too.
  Handshakes(Socket listening, std::shared_ptr<Credentials> credentials, Credentials::Peer peer,
             Done done, Refused refused, std::chrono::milliseconds patience = kPatience);
  Handshakes(const Handshakes&) = delete;
  Handshakes& operator=(const Handshakes&) = delete;
  ~Handshakes();

  /// Takes a connection that was accepted elsewhere. Thread-safe.
  void adopt(Socket socket);

 private:
  struct Pending {
    Socket socket;
    Session session;
    std::string from;
    std::chrono::steady_clock::time_point deadline;
    std::uint64_t generation = 0;
    short wants = 0;  ///< what poll has to wait for
  };

  void run();
  void accept_all();
  void take_adopted();
  void begin(Socket socket);
  void drop_oldest();
  void go_on();
  bool advance(Pending& pending);

  Socket listening_;
  std::shared_ptr<Credentials> credentials_;
  Credentials::Peer peer_;
  Done done_;
  Refused refused_;
  std::chrono::milliseconds patience_;
  Socket wake_in_;
  Socket wake_out_;
  std::deque<Pending> pending_;
  std::mutex mutex_;
  std::deque<Socket> adopted_;
  bool stopping_ = false;
  std::thread thread_;
};

/// Accepts connections of nodes, for an event loop that polls.
class NodeAcceptor {
 public:
  static constexpr std::size_t kMostReady = 128;

  NodeAcceptor(Socket listening, std::shared_ptr<Credentials> credentials,
               Handshakes::Refused refused,
               std::chrono::milliseconds patience = Handshakes::kPatience);

  /// A socket on which one byte arrives for each connection that can be taken. The caller owns it.
  [[nodiscard]] Socket take_ready_socket() { return std::move(ready_out_); }
  [[nodiscard]] std::optional<Connection> take();

 private:
  NodeAcceptor(std::pair<Socket, Socket> ready, Socket listening,
               std::shared_ptr<Credentials> credentials, Handshakes::Refused refused,
               std::chrono::milliseconds patience);
  void keep(Connection connection);

  Socket ready_in_;
  Socket ready_out_;
  std::mutex mutex_;
  std::deque<Connection> ready_;
  Handshakes handshakes_;
};

}  // namespace dk::security
