// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/security/role.hpp"

#include <span>
#include <string>
#include <string_view>

namespace dk::api {

/// A call of the HTTP API. docs/openapi.json has the same calls; a test keeps it so.
struct Route {
  std::string_view method;
  std::string_view path;  ///< `/api/v1/jobs/{id}/events`
  security::Role least;   ///< who may call it
};

/// All of them. What is not here is not served, and takes an operator to be told so.
[[nodiscard]] std::span<const Route> routes();

/// The path as a regular expression with one group for each part in braces.
[[nodiscard]] std::string pattern_of(std::string_view path);

}  // namespace dk::api
