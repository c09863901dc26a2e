// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/request_parsing.hpp"

#include "actors/api/api_error.hpp"
#include "actors/api/connection_server.hpp"
#include "actors/api/loopback.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <set>

namespace dk::api {
namespace {

using httplib::Request;

constexpr const char* kJson = "application/json";

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

Result<std::string> string_member(const nlohmann::json& body, const char* name,
                                  std::optional<std::string> otherwise) {
  if (!body.contains(name) && otherwise) return *otherwise;
  if (body.contains(name) && body[name].is_string()) return body[name].get<std::string>();
  return fail(Errc::kInvalid, "the request body needs \"{}\", a string", name);
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

Result<JobRequest> parse_job_request(const std::string& text) {
  DK_TRY_ASSIGN(const auto body, parse_json(text));
  if (!body.is_object()) return fail(Errc::kInvalid, "the request body must be a JSON object");
  static const std::set<std::string> kKnown{"descriptor", "source", "base_directory", "overrides"};
  for (const auto& [key, value] : body.items()) {
    if (kKnown.contains(key)) continue;
    return fail(Errc::kInvalid,
                "unknown key \"{}\" in the request body; allowed are base_directory, descriptor, "
                "overrides and source",
                key.substr(0, 80));
  }
  JobRequest request;
  DK_TRY_ASSIGN(request.descriptor, string_member(body, "descriptor", std::nullopt));
  DK_TRY_ASSIGN(request.source, string_member(body, "source", "descriptor"));
  DK_TRY_ASSIGN(request.base_directory, string_member(body, "base_directory", std::nullopt));
  if (!std::filesystem::path(request.base_directory).is_absolute()) {
    return fail(Errc::kInvalid, "base_directory must be an absolute path, not '{}'",
                request.base_directory.substr(0, 200));
  }
  const auto overrides = body.value("overrides", nlohmann::json::array());
  const auto is_string = [](const nlohmann::json& item) { return item.is_string(); };
  if (!overrides.is_array() || !std::all_of(overrides.begin(), overrides.end(), is_string)) {
    return fail(Errc::kInvalid, "overrides must be a list of strings such as \"seed=2\"");
  }
  request.overrides = overrides.get<std::vector<std::string>>();
  return request;
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

void answer(httplib::Response& response, const Error& error) {
  response.status = http_status(error.code);
  response.set_content(error_body(error), kJson);
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
