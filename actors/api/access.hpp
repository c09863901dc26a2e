// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/api/gateway.hpp"
#include "actors/api/security.hpp"
#include "actors/security/role.hpp"

#include <httplib.h>

#include <optional>

namespace dk::api {

/// Decides for every request who asks and whether that role may: routes.hpp has each. Thread-safe.
class Access {
 public:
  /// Without security, whoever reaches the API (this machine's users) is an operator.
  explicit Access(std::optional<Security> security) : security_(std::move(security)) {}

  /// By the bearer token if there is one, else by the client's certificate. A node's certificate is
  /// an operator's.
  [[nodiscard]] Result<security::Identity> who(const httplib::Request& request) const;

  /// True after it has answered 401 (nobody that is known) or 403 (somebody who may not).
  bool refuses(const httplib::Request& request, httplib::Response& response,
               Gateway& gateway) const;

 private:
  std::optional<Security> security_;
};

/// Whether somebody sees only the jobs that were handed in under their own name.
[[nodiscard]] bool sees_own_jobs_only(const security::Identity& who);

}  // namespace dk::api
