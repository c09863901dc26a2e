// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/dialer.hpp"

#include "actors/defaults.hpp"
#include "actors/error.hpp"
#include "actors/runtime_config.hpp"
#include "actors/tls_wire.hpp"
#include "base/result.hpp"

#include <caf/all.hpp>
#include <caf/io/middleman.hpp>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace dk {
namespace {

/// A connection that is closed at once; kUnavailable says why there is none.
Result<void> try_address(const addrinfo& address) {
  const int socket = ::socket(address.ai_family, address.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
                              address.ai_protocol);
  if (socket < 0) return fail(Errc::kUnavailable, "{}", std::strerror(errno));
  const std::unique_ptr<const int, void (*)(const int*)> closer(
      &socket, [](const int* open) { ::close(*open); });
  if (::connect(socket, address.ai_addr, address.ai_addrlen) == 0) return {};
  if (errno != EINPROGRESS) return fail(Errc::kUnavailable, "{}", std::strerror(errno));
  pollfd wait{socket, POLLOUT, 0};
  const auto patience = std::chrono::milliseconds(defaults::kConnectPatience).count();
  if (::poll(&wait, 1, static_cast<int>(patience)) <= 0)
    return fail(Errc::kUnavailable, "no connection within {} ms", patience);
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return fail(Errc::kUnavailable, "{}", std::strerror(error));
  return {};
}

Result<void> try_connection(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (code != 0) return fail(Errc::kUnavailable, "{}", ::gai_strerror(code));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, ::freeaddrinfo);
  Result<void> last = fail(Errc::kUnavailable, "no address");
  for (const auto* address = found; address != nullptr && !last; address = address->ai_next)
    last = try_address(*address);
  return last;
}

caf::behavior dialing(caf::event_based_actor* self) {
  return {
      [self](caf::connect_atom connect, std::string& host, std::uint16_t port)
          -> caf::result<caf::node_id, caf::strong_actor_ptr, std::set<std::string>> {
        self->quit();
        if (auto reached = try_connection(host, port); !reached) return to_caf(reached.error());
        return self->delegate(self->system().middleman().actor_handle(), connect, std::move(host),
                              port);
      },
  };
}

using Dialled = caf::result<caf::node_id, caf::strong_actor_ptr, std::set<std::string>>;

/// Connects and shakes hands here; then the middleman says hello.
caf::behavior dialing_over_tls(caf::event_based_actor* self, std::shared_ptr<TlsWire> wire) {
  return {
      [self, wire](caf::connect_atom connect, const std::string& host,
                   std::uint16_t port) -> Dialled {
        if (auto made = wire->connect(host, port); !made) {
          self->quit();
          return to_caf(made.error());
        }
        auto promise = self->make_response_promise<caf::node_id, caf::strong_actor_ptr,
                                                   std::set<std::string>>();
        const auto finish = [self, wire, host, port] {
          wire->dialled(host, port);
          self->quit();
        };
        self->request(wire->middleman(), defaults::kDialTimeout, connect, host, port)
            .then(
                [promise, finish](const caf::node_id& node, const caf::strong_actor_ptr& actor,
                                  const std::set<std::string>& interface) mutable {
                  promise.deliver(node, actor, interface);
                  finish();
                },
                [promise, finish](const caf::error& why) mutable {
                  promise.deliver(why);
                  finish();
                });
        return promise;
      },
  };
}

}  // namespace

caf::actor dialer(caf::actor_system& system) {
  const auto* config = dynamic_cast<const RuntimeConfig*>(&system.config());
  if (config != nullptr && config->dialer) return config->dialer;
  if (config != nullptr && config->wire)
    return system.spawn<caf::detached>(dialing_over_tls, config->wire);
  return system.spawn<caf::detached>(dialing);
}

}  // namespace dk
