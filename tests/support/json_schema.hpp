// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace dk::test {

/// Where a value does not fit a JSON Schema (draft 7), a line each; "" when it fits. `root` is the
/// document in which references are looked up, `at` the JSON pointer of the schema in it.
[[nodiscard]] std::string schema_faults(const nlohmann::json& root, const std::string& at,
                                        const nlohmann::json& value);

}  // namespace dk::test
