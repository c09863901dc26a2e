// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>

#include <string>

/// What `dk-submit checkpoints` prints; pure. The fields are those of docs/http-api.md.
namespace dk::submit {

/// A table with a heading, one line per checkpoint; those that cannot be read say why.
[[nodiscard]] std::string render_checkpoints(const nlohmann::json& list);
/// "checkpoint 3: ..." and one line for each fault.
[[nodiscard]] std::string render_verified(const nlohmann::json& result);
[[nodiscard]] std::string render_pruned(const nlohmann::json& answer);

}  // namespace dk::submit
