// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/api_error.hpp"

#include <utility>

namespace dk::api {

int http_status(Errc code) {
  switch (code) {
    case Errc::kInvalid:
      return 400;
    case Errc::kNotFound:
      return 404;
    case Errc::kStaleIncarnation:
    case Errc::kInUse:
    case Errc::kCancelled:
      return 409;
    case Errc::kUnavailable:
      return 503;
    case Errc::kNone:
    case Errc::kCorrupt:
    case Errc::kIo:
    case Errc::kInternal:
      break;
  }
  return 500;
}

std::string error_body(const Error& error, const std::string& request_id) {
  return error_body(to_string(error.code), error.message, request_id);
}

std::string error_body(std::string_view code, std::string_view message,
                       const std::string& request_id) {
  nlohmann::json error{{"code", code}, {"message", message}};
  if (!request_id.empty()) error["request_id"] = request_id;
  return to_line({{"error", std::move(error)}});
}

std::optional<Error> parse_error_body(std::string_view body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object() || !json.contains("error") || !json["error"].is_object()) return {};
  const auto& error = json["error"];
  if (!error.contains("code") || !error["code"].is_string()) return {};
  if (!error.contains("message") || !error["message"].is_string()) return {};
  auto message = error["message"].get<std::string>();
  for (int number = static_cast<int>(Errc::kInvalid); number <= static_cast<int>(Errc::kInternal);
       ++number) {
    const auto code = static_cast<Errc>(number);
    if (error["code"] != to_string(code)) continue;
    if (http_status(code) == 500 && error.contains("request_id") && error["request_id"].is_string())
      message += fmt::format(" (request {})", error["request_id"].get<std::string>());
    return Error{code, std::move(message)};
  }
  if (error["code"] == kTooManyRequests) return Error{Errc::kUnavailable, std::move(message)};
  // Who may not, or is not known, has asked for something wrong.
  const bool denied = error["code"] == "unauthenticated" || error["code"] == "forbidden";
  return Error{denied ? Errc::kInvalid : Errc::kInternal, std::move(message)};
}

std::string to_line(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<nlohmann::json> parse_json(std::string_view text) {
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::exception& error) {
    return fail(Errc::kInvalid, "not JSON: {}", error.what());
  }
}

}  // namespace dk::api
