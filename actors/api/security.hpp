// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/security/credentials.hpp"
#include "actors/security/tokens.hpp"

#include <functional>
#include <memory>
#include <string>

namespace dk::api {

/// With what an HTTP API is served over TLS, and who its users are.
struct Security {
  std::shared_ptr<security::Credentials> credentials;
  std::shared_ptr<security::TokenFile> tokens;
  /// An address and why it was refused, for the log. Thread-safe.
  std::function<void(const std::string& from, const std::string& why)> refused;
};

}  // namespace dk::api
