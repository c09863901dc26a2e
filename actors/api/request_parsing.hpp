// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/api/gateway.hpp"
#include "base/result.hpp"

#include <httplib.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

/// The checked way from an HTTP request to values, and from results to an HTTP response.
namespace dk::api {

/// The id in the first group of the route's pattern.
[[nodiscard]] Result<JobId> job_of(const httplib::Request& request);
/// A query parameter; 0 when it is not there.
[[nodiscard]] Result<std::uint64_t> number_parameter(const httplib::Request& request,
                                                     const char* name, std::uint64_t highest);
[[nodiscard]] Result<bool> flag_parameter(const httplib::Request& request, const char* name,
                                          bool otherwise);
/// The number in the second group of the route's pattern.
[[nodiscard]] Result<CheckpointId> checkpoint_of(const httplib::Request& request);
/// The body of POST /jobs/ID/checkpoints/prune.
[[nodiscard]] Result<std::vector<CheckpointId>> parse_prune_request(const std::string& text);

/// Why a request that a web page of another origin may have caused is refused; none for all others.
/// In the clear the Host header has to be this machine's, too.
[[nodiscard]] std::optional<Error> refuse_foreign(const httplib::Request& request, bool secured);

/// Gives the answer its X-Request-Id: that of the request, if it is one of up to 64 letters,
/// digits, `.`, `_` and `-`, else a new one. Errors have it in their body, too.
void name_request(const httplib::Request& request, httplib::Response& response);
[[nodiscard]] std::string request_id(const httplib::Response& response);

/// A token in an address ends in logs and histories on its way.
[[nodiscard]] std::optional<Error> refuse_secret_in_url(const httplib::Request& request);

void answer(httplib::Response& response, const Error& error);
/// 429, to come again after `pause`.
void answer_too_many(httplib::Response& response, std::chrono::seconds pause);
void answer(httplib::Response& response, const Result<nlohmann::json>& result, int status = 200);
/// Answers with an HTTP status that no Errc stands for, such as 404 for an unknown path or 413.
void answer_status(const httplib::Request& request, httplib::Response& response, int status);

}  // namespace dk::api
