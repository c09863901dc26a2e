// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/api/gateway.hpp"

#include <string>

namespace dk::api {

/// The body of `POST /jobs`; the submitter is not in it.
[[nodiscard]] nlohmann::json to_json(const JobRequest& request);
/// The inverse, of a text from outside. kInvalid says which key is wrong and what is allowed.
[[nodiscard]] Result<JobRequest> parse_job_request(const std::string& text);

}  // namespace dk::api
