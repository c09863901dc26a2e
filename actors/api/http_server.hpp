// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/api/gateway.hpp"
#include "actors/api/places.hpp"
#include "actors/api/security.hpp"
#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace dk {

/// What one server bears; more is answered with 429 or 503 and Retry-After.
struct HttpLimits {
  double requests_per_second = 200;  ///< of each address, in the long run
  double burst = 400;                ///< of each address, at once
  api::ConnectionLimits connections{};
};

/// The HTTP API of docs/http-api.md in front of a Gateway, on threads of its own. Requests with a
/// Host or Origin that is not this machine are refused, so that a web page in a browser cannot
/// reach it. With security it speaks TLS, and every request needs a user whose role allows it.
class HttpServer {
 public:
  /// Listens once it returns. `port` 0 takes any free one. kInvalid for a host that is not
  /// loopback without security, kInUse for a taken port. `gateway` must outlive the server.
  static Result<std::unique_ptr<HttpServer>> start(Gateway& gateway, const std::string& host,
                                                   std::uint16_t port,
                                                   std::optional<api::Security> security = {},
                                                   const HttpLimits& limits = {});
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();

  [[nodiscard]] std::uint16_t port() const;
  /// Ends open event streams and returns when no call into the gateway is left. Idempotent.
  void stop();

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace dk
