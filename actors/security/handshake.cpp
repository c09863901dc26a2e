// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/security/handshake.hpp"

#include "base/check.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <tuple>
#include <vector>

namespace dk::security {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kRefreshMs = 1000;
constexpr int kExhaustedMs = 10;
/// Accepted in one go, before others have their turn.
constexpr int kAcceptedAtOnce = 64;

int left_ms(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

/// What poll has to wait for, or 0 when the last call on the session cannot be gone on with.
short wanted_events(const SSL& session, int result) {
  switch (::SSL_get_error(&session, result)) {
    case SSL_ERROR_WANT_READ:
      return POLLIN;
    case SSL_ERROR_WANT_WRITE:
      return POLLOUT;
    default:
      return 0;
  }
}

Result<Socket> connect_socket(const addrinfo& address, Clock::time_point deadline) {
  Socket socket(::socket(address.ai_family, address.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
                         address.ai_protocol));
  if (socket.get() < 0) return fail(Errc::kUnavailable, "{}", std::strerror(errno));
  if (::connect(socket.get(), address.ai_addr, address.ai_addrlen) == 0) return socket;
  if (errno != EINPROGRESS) return fail(Errc::kUnavailable, "{}", std::strerror(errno));
  pollfd wait{socket.get(), POLLOUT, 0};
  if (::poll(&wait, 1, left_ms(deadline)) <= 0)
    return fail(Errc::kUnavailable, "no connection in time");
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return fail(Errc::kUnavailable, "{}", std::strerror(error));
  return socket;
}

Result<Socket> connect_host(const std::string& host, std::uint16_t port,
                            Clock::time_point deadline) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (code != 0) return fail(Errc::kUnavailable, "{}", ::gai_strerror(code));
  const std::unique_ptr<addrinfo, FreeWith<::freeaddrinfo>> owner(found);
  Result<Socket> last = fail(Errc::kUnavailable, "no address");
  for (const auto* address = found; address != nullptr && !last; address = address->ai_next)
    last = connect_socket(*address, deadline);
  return last;
}

std::pair<Socket, Socket> socket_pair() {
  std::array<int, 2> pair{};
  DK_CHECK(
      ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair.data()) == 0,
      "no socket pair");
  return {Socket(pair[0]), Socket(pair[1])};
}

void set_nonblocking(int socket) {
  ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK);
}

void send_small_packets_at_once(int socket) {
  const int yes = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

/// The client's part, on a socket that does not block. kUnavailable: not within `deadline`;
/// kInvalid: refused by one of both, with the reason.
Result<void> shake_hands(SSL& session, Clock::time_point deadline) {
  for (;;) {
    ::ERR_clear_error();
    const int result = ::SSL_connect(&session);
    if (result == 1) return {};
    const short wants = wanted_events(session, result);
    if (wants == 0) return fail(Errc::kInvalid, "{}", handshake_failure(session));
    pollfd wait{::SSL_get_fd(&session), wants, 0};
    const int count = ::poll(&wait, 1, left_ms(deadline));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return fail(Errc::kUnavailable, "no TLS handshake in time");
  }
}

}  // namespace

std::string address_of_peer(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  std::array<char, NI_MAXHOST> host{};
  const bool known = ::getpeername(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
                     ::getnameinfo(reinterpret_cast<const sockaddr*>(&address), size, host.data(),
                                   host.size(), nullptr, 0, NI_NUMERICHOST) == 0;
  return known ? host.data() : "an unknown address";
}

Socket& Socket::operator=(Socket&& other) noexcept {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = other.release();
  return *this;
}

Socket::~Socket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<Connection> connect_to_node(const Credentials& credentials, const std::string& host,
                                   std::uint16_t port, milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  Connection connection;
  connection.generation = credentials.generation();
  DK_TRY_ASSIGN(connection.socket, connect_host(host, port, deadline));
  send_small_packets_at_once(connection.socket.get());
  DK_TRY_ASSIGN(connection.session,
                credentials.session(Credentials::Peer::kNode, connection.socket.get(), host));
  DK_TRY(shake_hands(*connection.session, deadline));
  DK_TRY_ASSIGN(const auto peer, peer_of(*connection.session));
  connection.peer = peer.name;
  return connection;
}

Handshakes::Handshakes(Socket listening, std::shared_ptr<Credentials> credentials,
                       Credentials::Peer peer, Done done, Refused refused, milliseconds patience)
    : listening_(std::move(listening)),
      credentials_(std::move(credentials)),
      peer_(peer),
      done_(std::move(done)),
      refused_(std::move(refused)),
      patience_(patience) {
  std::tie(wake_in_, wake_out_) = socket_pair();
  if (listening_.get() >= 0) set_nonblocking(listening_.get());
  thread_ = std::thread([this] { run(); });
}

Handshakes::~Handshakes() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_in_ = Socket();
  thread_.join();
}

void Handshakes::adopt(Socket socket) {
  const char token = 1;
  set_nonblocking(socket.get());
  std::unique_lock lock(mutex_);
  if (adopted_.size() >= kMostAtOnce) {
    lock.unlock();
    return refused_(address_of_peer(socket.get()), "too many connections at once");
  }
  adopted_.push_back(std::move(socket));
  // When the pair is full, there is a token that wakes the thread.
  static_cast<void>(::send(wake_in_.get(), &token, 1, MSG_NOSIGNAL));
}

void Handshakes::run() {
  std::vector<pollfd> waits;
  auto refreshed = Clock::now();
  for (;;) {
    waits.assign({{wake_out_.get(), POLLIN, 0}, {listening_.get(), POLLIN, 0}});
    for (const auto& pending : pending_) waits.push_back({pending.socket.get(), pending.wants, 0});
    const int patience =
        pending_.empty() ? kRefreshMs : std::min(kRefreshMs, left_ms(pending_.front().deadline));
    const int count = ::poll(waits.data(), waits.size(), patience);
    for (std::size_t i = 0; i < pending_.size(); ++i)
      if (waits[i + 2].revents != 0) pending_[i].wants = 0;
    go_on();
    if (count > 0 && waits[0].revents != 0) {
      take_adopted();
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
    }
    if (count > 0 && waits[1].revents != 0) accept_all();
    if (Clock::now() - refreshed >= milliseconds(kRefreshMs)) {
      credentials_->refresh();
      refreshed = Clock::now();
    }
  }
}

void Handshakes::take_adopted() {
  char tokens[16];
  std::deque<Socket> adopted;
  {
    const std::lock_guard lock(mutex_);
    while (::recv(wake_out_.get(), tokens, sizeof tokens, 0) > 0) {
    }
    adopted.swap(adopted_);
  }
  for (auto& socket : adopted) begin(std::move(socket));
}

void Handshakes::accept_all() {
  for (int i = 0; i < kAcceptedAtOnce; ++i) {
    Socket socket(::accept4(listening_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.get() < 0) {
      // Without a free descriptor poll would report the waiting one again and again.
      if (errno == EMFILE || errno == ENFILE) {
        drop_oldest();
        ::poll(nullptr, 0, kExhaustedMs);
      }
      return;
    }
    begin(std::move(socket));
  }
}

void Handshakes::begin(Socket socket) {
  if (pending_.size() >= kMostAtOnce) drop_oldest();
  send_small_packets_at_once(socket.get());
  auto session = credentials_->session(peer_, socket.get());
  if (!session) return;
  auto from = address_of_peer(socket.get());
  pending_.push_back({std::move(socket), std::move(*session), std::move(from),
                      Clock::now() + patience_, credentials_->generation(), POLLIN});
}

void Handshakes::drop_oldest() {
  if (pending_.empty()) return;
  refused_(pending_.front().from, "too many handshakes at once");
  pending_.pop_front();
}

/// All whose socket is ready, and those whose time is up.
void Handshakes::go_on() {
  const auto now = Clock::now();
  std::erase_if(pending_, [&](Pending& pending) {
    if (pending.wants == 0) return !advance(pending);
    if (now < pending.deadline) return false;
    refused_(pending.from, "no TLS handshake in time");
    return true;
  });
}

/// False when it is over, one way or the other.
bool Handshakes::advance(Pending& pending) {
  ::ERR_clear_error();
  const int result = ::SSL_accept(pending.session.get());
  if (result == 1) {
    const auto peer = peer_of(*pending.session);
    done_({std::move(pending.socket), std::move(pending.session), peer ? peer->name : std::string{},
           pending.generation});
    return false;
  }
  pending.wants = wanted_events(*pending.session, result);
  if (pending.wants == 0) refused_(pending.from, handshake_failure(*pending.session));
  return pending.wants != 0;
}

NodeAcceptor::NodeAcceptor(Socket listening, std::shared_ptr<Credentials> credentials,
                           Handshakes::Refused refused, milliseconds patience)
    : NodeAcceptor(socket_pair(), std::move(listening), std::move(credentials), std::move(refused),
                   patience) {}

NodeAcceptor::NodeAcceptor(std::pair<Socket, Socket> ready, Socket listening,
                           std::shared_ptr<Credentials> credentials, Handshakes::Refused refused,
                           milliseconds patience)
    : ready_in_(std::move(ready.first)),
      ready_out_(std::move(ready.second)),
      handshakes_(
          std::move(listening), std::move(credentials), Credentials::Peer::kNode,
          [this](Connection connection) { keep(std::move(connection)); }, std::move(refused),
          patience) {}

std::optional<Connection> NodeAcceptor::take() {
  const std::lock_guard lock(mutex_);
  if (ready_.empty()) return {};
  auto connection = std::move(ready_.front());
  ready_.pop_front();
  return connection;
}

void NodeAcceptor::keep(Connection connection) {
  const char token = 1;
  const std::lock_guard lock(mutex_);
  if (ready_.size() < kMostReady && ::send(ready_in_.get(), &token, 1, MSG_NOSIGNAL) == 1)
    ready_.push_back(std::move(connection));
}

}  // namespace dk::security
