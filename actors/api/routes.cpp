// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/routes.hpp"

namespace dk::api {

std::span<const Route> routes() {
  using enum security::Role;
  static constexpr Route kRoutes[] = {
      {"GET", "/api/v1/openapi.json", kViewer},
      {"GET", "/api/v1/nodes", kViewer},
      {"POST", "/api/v1/nodes/{name}/drain", kOperator},
      {"POST", "/api/v1/nodes/{name}/undrain", kOperator},
      {"GET", "/api/v1/history", kViewer},
      {"GET", "/api/v1/jobs", kViewer},
      {"POST", "/api/v1/jobs", kSubmitter},
      {"GET", "/api/v1/jobs/{id}", kViewer},
      {"GET", "/api/v1/jobs/{id}/request", kViewer},
      {"POST", "/api/v1/jobs/{id}/cancel", kSubmitter},
      {"POST", "/api/v1/jobs/{id}/resume", kSubmitter},
      {"GET", "/api/v1/jobs/{id}/events", kViewer},
      {"GET", "/api/v1/jobs/{id}/spec", kViewer},
      {"GET", "/api/v1/jobs/{id}/architecture", kViewer},
      {"GET", "/api/v1/jobs/{id}/weights", kViewer},
      {"GET", "/api/v1/jobs/{id}/checkpoints", kViewer},
      {"GET", "/api/v1/jobs/{id}/checkpoints/{number}/verify", kViewer},
      {"POST", "/api/v1/jobs/{id}/checkpoints/prune", kSubmitter},
  };
  return kRoutes;
}

std::string pattern_of(std::string_view path) {
  std::string pattern;
  while (!path.empty()) {
    const auto open = path.find('{');
    for (const char c : path.substr(0, open)) pattern.append(c == '.' ? "\\." : std::string(1, c));
    if (open == std::string_view::npos) break;
    pattern += "([^/]+)";
    path.remove_prefix(path.find('}', open) + 1);
  }
  return pattern;
}

}  // namespace dk::api
