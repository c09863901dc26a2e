// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace dk {

/// What a job's record (JobState::record) tells somebody who asks later: one entry of `GET
/// /history` (docs/http-api.md), without its `first_cause`. What the record does not have is null.
[[nodiscard]] nlohmann::json history_entry(const nlohmann::json& record,
                                           const std::string& submitter,
                                           std::chrono::system_clock::time_point now);

/// Whether the events of such a job can have a first cause: something failed.
[[nodiscard]] bool may_have_failed(const nlohmann::json& entry);

/// The first `failure` in these events, as `{"time","what","node","reason","log"}`; null when there
/// is none. A line that is no JSON is passed over.
[[nodiscard]] nlohmann::json first_failure(const std::vector<std::string>& events);

}  // namespace dk
