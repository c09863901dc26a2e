// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/job_request.hpp"

#include "actors/api/api_error.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

namespace dk::api {
namespace {

Result<std::string> string_member(const nlohmann::json& body, const char* name,
                                  std::optional<std::string> otherwise) {
  if (!body.contains(name) && otherwise) return *otherwise;
  if (body.contains(name) && body[name].is_string()) return body[name].get<std::string>();
  return fail(Errc::kInvalid, "the request body needs \"{}\", a string", name);
}

}  // namespace

nlohmann::json to_json(const JobRequest& request) {
  return {{"descriptor", request.descriptor},
          {"source", request.source},
          {"base_directory", request.base_directory},
          {"overrides", request.overrides}};
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

}  // namespace dk::api
