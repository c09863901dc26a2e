// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>

/// What events and statuses look like; pure. The fields are those of docs/http-api.md.
namespace dk::submit {

enum class Tone { kPlain, kGood, kWarning, kBad };

/// How an event is meant: failures are bad, recoveries good, ...
[[nodiscard]] Tone tone_of(const nlohmann::json& event);
/// `text` in the tone's colour.
[[nodiscard]] std::string coloured(const std::string& text, Tone tone);

/// True for `finished`, `failed` and `cancelled`.
[[nodiscard]] bool is_last(const nlohmann::json& event);

/// One line without a line feed for any event, known or not; the last one's is its headline.
[[nodiscard]] std::string render_event(const nlohmann::json& event);
/// The live line for a `progress` event, at most `width` columns.
[[nodiscard]] std::string render_bar(const nlohmann::json& progress, std::size_t width);
/// Headline, results, restarts, updates and the account by epoch, one line each.
[[nodiscard]] std::string render_summary(const nlohmann::json& last);

/// The answer of `status`, in several lines.
[[nodiscard]] std::string render_status(const nlohmann::json& status, bool utf8);
/// Tables with a heading, one line per job or node.
[[nodiscard]] std::string render_jobs(const nlohmann::json& jobs);
[[nodiscard]] std::string render_nodes(const nlohmann::json& nodes);
[[nodiscard]] std::string render_history(const nlohmann::json& jobs);

}  // namespace dk::submit
