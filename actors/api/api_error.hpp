// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>

/// How errors cross HTTP: `{"error":{"code":"invalid","message":"...","request_id":"..."}}` and
/// a status.
namespace dk::api {

inline constexpr std::string_view kTooManyRequests = "too_many_requests";  ///< with 429

/// 400, 404, 409, 503 or 500.
[[nodiscard]] int http_status(Errc code);

[[nodiscard]] std::string error_body(const Error& error, const std::string& request_id = {});
/// The same for what no Errc stands for, such as `forbidden`.
[[nodiscard]] std::string error_body(std::string_view code, std::string_view message,
                                     const std::string& request_id);

/// The error in a response body; none when the body is not of the form above. The message of one
/// that is the supervisor's own trouble ends with the request's id.
[[nodiscard]] std::optional<Error> parse_error_body(std::string_view body);

/// One line of JSON; bytes that are not UTF-8 become U+FFFD instead of an exception.
[[nodiscard]] std::string to_line(const nlohmann::json& json);

/// Parses text from outside; kInvalid says where it stops being JSON.
[[nodiscard]] Result<nlohmann::json> parse_json(std::string_view text);

}  // namespace dk::api
