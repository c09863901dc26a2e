// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/request_parsing.hpp"

#include "actors/api/api_error.hpp"
#include "actors/api/connection_server.hpp"
#include "actors/api/loopback.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <random>

namespace dk::api {
namespace {

using httplib::Request;

constexpr const char* kJson = "application/json";
constexpr const char* kRequestId = "X-Request-Id";
constexpr std::size_t kLongestId = 64;
constexpr int kTooMany = 429;

std::string new_id() {
  thread_local std::mt19937_64 random{std::random_device{}()};
  return fmt::format("{:016x}", random());
}

Result<std::uint64_t> parse_number(std::string_view text, std::string_view what,
                                   std::uint64_t lowest, std::uint64_t highest) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && end == text.data() + text.size() && !text.empty() &&
      value >= lowest && value <= highest) {
    return value;
  }
  return fail(Errc::kInvalid, "{} must be a whole number from {} to {}, not '{}'", what, lowest,
              highest, text.substr(0, 80));
}

Error explain(const Request& request, int status) {
  const std::string what = request.method.substr(0, 16) + " " + request.path.substr(0, 200);
  switch (status) {
    case 404:
      return {Errc::kNotFound, fmt::format("no such resource: {}", what)};
    case 413:
      return {Errc::kInvalid, fmt::format("the request body is larger than {} bytes",
                                          ConnectionServer::kBodyBytes)};
    case 414:
      return {Errc::kInvalid, "the request's path is too long"};
    case 500:
      return {Errc::kInternal, fmt::format("internal error in {}", what)};
    default:
      return {Errc::kInvalid, fmt::format("bad request (HTTP {})", status)};
  }
}

}  // namespace

Result<JobId> job_of(const Request& request) {
  const std::string text = request.matches[1];
  DK_TRY_ASSIGN(const auto number, parse_number(text, "the job's id", 1, UINT64_MAX));
  return JobId(number);
}

Result<CheckpointId> checkpoint_of(const Request& request) {
  const std::string text = request.matches[2];
  DK_TRY_ASSIGN(const auto number, parse_number(text, "the checkpoint's number", 1, UINT64_MAX));
  return CheckpointId(number);
}

Result<std::vector<CheckpointId>> parse_prune_request(const std::string& text) {
  DK_TRY_ASSIGN(const auto body, parse_json(text));
  const bool only = body.is_object() && body.size() == 1 && body.contains("checkpoints") &&
                    body["checkpoints"].is_array();
  if (!only) return fail(Errc::kInvalid, "the request body must be {{\"checkpoints\": [3, 4]}}");
  std::vector<CheckpointId> ids;
  for (const auto& number : body["checkpoints"]) {
    if (!number.is_number_unsigned())
      return fail(Errc::kInvalid, "a checkpoint is a whole number, not {}",
                  number.dump().substr(0, 80));
    ids.emplace_back(number.get<std::uint64_t>());
  }
  return ids;
}

Result<std::uint64_t> number_parameter(const Request& request, const char* name,
                                       std::uint64_t highest) {
  if (!request.has_param(name)) return std::uint64_t{0};
  return parse_number(request.get_param_value(name), name, 0, highest);
}

Result<bool> flag_parameter(const Request& request, const char* name, bool otherwise) {
  if (!request.has_param(name)) return otherwise;
  const std::string text = request.get_param_value(name);
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return fail(Errc::kInvalid, "{} must be true or false, not '{}'", name, text.substr(0, 80));
}

std::optional<Error> refuse_foreign(const Request& request, bool secured) {
  const std::string host = request.get_header_value("Host");
  if (secured && request.has_header("Origin") &&
      request.get_header_value("Origin") != "https://" + host) {
    return Error{Errc::kInvalid, "requests from web pages of other sites are refused"};
  }
  if (secured) return {};
  if (request.get_header_value_count("Host") != 1 || !is_loopback(host_of(host))) {
    return Error{Errc::kInvalid, fmt::format("the Host header must name this machine (localhost, "
                                             "127.0.0.1 or [::1]), not '{}'",
                                             host.substr(0, 80))};
  }
  if (!request.has_header("Origin")) return {};
  const std::string origin = request.get_header_value("Origin");
  const auto scheme_end = origin.find("://");
  if (scheme_end != std::string::npos &&
      is_loopback(host_of(std::string_view(origin).substr(scheme_end + 3)))) {
    return {};
  }
  return Error{Errc::kInvalid,
               fmt::format("requests from the web page '{}' are refused", origin.substr(0, 80))};
}

void name_request(const Request& request, httplib::Response& response) {
  const auto own = request.get_header_value(kRequestId);
  const bool plain = !own.empty() && own.size() <= kLongestId &&
                     std::all_of(own.begin(), own.end(), [](unsigned char c) {
                       return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
                     });
  response.set_header(kRequestId, plain ? own : new_id());
}

std::string request_id(const httplib::Response& response) {
  return response.get_header_value(kRequestId);
}

std::optional<Error> refuse_secret_in_url(const Request& request) {
  for (const char* name : {"token", "access_token", "authorization"}) {
    if (!request.has_param(name)) continue;
    return Error{Errc::kInvalid,
                 fmt::format("a token belongs into the Authorization header, not into the address "
                             "('{}='), which logs and histories keep; revoke this one",
                             name)};
  }
  return {};
}

void answer(httplib::Response& response, const Error& error) {
  response.status = http_status(error.code);
  if (error.code == Errc::kUnavailable) response.set_header("Retry-After", "1");
  response.set_content(error_body(error, request_id(response)), kJson);
}

void answer_too_many(httplib::Response& response, std::chrono::seconds pause) {
  response.status = kTooMany;
  response.set_header("Retry-After", std::to_string(pause.count()));
  const auto message =
      fmt::format("too many requests from this address; come again in {} s", pause.count());
  response.set_content(error_body(kTooManyRequests, message, request_id(response)), kJson);
}

void answer(httplib::Response& response, const Result<nlohmann::json>& result, int status) {
  if (!result) return answer(response, result.error());
  response.status = status;
  response.set_content(to_line(*result), kJson);
}

void answer_status(const httplib::Request& request, httplib::Response& response, int status) {
  answer(response, explain(request, status));
  response.status = status;
}

}  // namespace dk::api
