// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/access.hpp"

#include "actors/api/api_error.hpp"
#include "actors/api/request_parsing.hpp"
#include "actors/api/routes.hpp"

#include <charconv>
#include <regex>
#include <vector>

namespace dk::api {
namespace {

using security::Identity;
using security::Role;

constexpr int kUnauthorized = 401;
constexpr int kForbidden = 403;

/// What a call takes; `job` becomes the number in its path, if there is one.
Role least_role(const std::string& method, const std::string& path, std::string& job) {
  static const auto kPatterns = [] {
    std::vector<std::regex> patterns;
    for (const auto& route : routes()) patterns.emplace_back(pattern_of(route.path));
    return patterns;
  }();
  const std::string_view asked = method == "HEAD" ? "GET" : std::string_view(method);
  for (std::size_t i = 0; i < kPatterns.size(); ++i) {
    const auto& route = routes()[i];
    std::smatch match;
    if (asked != route.method || !std::regex_match(path, match, kPatterns[i])) continue;
    if (route.path.starts_with("/api/v1/jobs/{id}")) job = match[1];
    return route.least;
  }
  return Role::kOperator;
}

std::string with_article(Role role) {
  return fmt::format("{} {}", role == Role::kOperator ? "an" : "a", to_string(role));
}

void deny(httplib::Response& response, int status, const char* code, const std::string& message) {
  response.status = status;
  response.set_content(error_body(code, message, request_id(response)), "application/json");
}

}  // namespace

Result<Identity> Access::who(const httplib::Request& request) const {
  if (!security_) return Identity{"", Role::kOperator};
  constexpr std::string_view kScheme = "Bearer ";
  if (request.has_header("Authorization")) {
    const auto value = request.get_header_value("Authorization");
    if (!value.starts_with(kScheme))
      return fail(Errc::kInvalid, "the Authorization header must be `Bearer TOKEN`");
    return security_->tokens->identify(std::string_view(value).substr(kScheme.size()),
                                       security::WallClock::now());
  }
  const bool certified = request.ssl != nullptr &&
                         security::Certificate(::SSL_get1_peer_certificate(request.ssl)) != nullptr;
  if (!certified) {
    return fail(Errc::kInvalid,
                "who are you? Show a bearer token (dk-submit --token-file FILE) or a certificate "
                "(dk-submit --certs BUNDLE)");
  }
  DK_TRY_ASSIGN(auto peer, security::peer_of(*request.ssl));
  if (peer.role == Role::kNode) peer.role = Role::kOperator;
  return peer;
}

bool Access::refuses(const httplib::Request& request, httplib::Response& response,
                     Gateway& gateway) const {
  if (!security_) return false;
  const auto user = who(request);
  if (!user) {
    security_->refused(request.remote_addr, user.error().message);
    response.set_header("WWW-Authenticate", "Bearer");
    deny(response, kUnauthorized, "unauthenticated", user.error().message);
    return true;
  }
  std::string job;
  const auto least = least_role(request.method, request.path, job);
  if (user->role < least) {
    deny(response, kForbidden, "forbidden",
         fmt::format("'{}' is {}; {} {} takes {}", user->name, with_article(user->role),
                     request.method.substr(0, 16), request.path.substr(0, 200),
                     with_article(least)));
    return true;
  }
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(job.data(), job.data() + job.size(), id);
  // What is no number of a job is answered by the handler, and a job that is not there, too.
  if (!sees_own_jobs_only(*user) || job.empty() || error != std::errc{} ||
      end != job.data() + job.size()) {
    return false;
  }
  const auto submitter = gateway.submitter(JobId(id));
  if (!submitter || *submitter == user->name) return false;
  deny(response, kForbidden, "forbidden",
       fmt::format("job {} is not one of yours, '{}'", id, user->name));
  return true;
}

bool sees_own_jobs_only(const Identity& who) {
  return who.role == Role::kSubmitter;
}

}  // namespace dk::api
