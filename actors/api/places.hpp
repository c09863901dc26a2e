// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace dk::api {

/// How many connections are answered or wait for it.
struct ConnectionLimits {
  std::size_t all = 512;
  /// Over TLS, where strangers come from anywhere: fewer than there are threads, so that nobody can
  /// have them all. In the clear everybody comes from this machine.
  std::size_t of_an_address = 24;
};

/// Counts connections, in all and of each address. Thread-safe.
class Places {
 public:
  /// A connection that counts as long as it lives.
  using Place = std::shared_ptr<const void>;

  explicit Places(const ConnectionLimits& limits) : limits_(limits) {}

  /// Null when it would be one too many. Without an address it counts for the sum only. The place
  /// must not outlive this.
  [[nodiscard]] Place take(const std::string& address);

 private:
  void give_back(const std::string& address);

  const ConnectionLimits limits_;
  std::mutex mutex_;
  std::size_t taken_ = 0;
  std::map<std::string, std::size_t> by_address_;
};

}  // namespace dk::api
