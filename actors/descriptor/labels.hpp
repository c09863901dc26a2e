// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/descriptor/yaml_tree.hpp"

#include <map>
#include <string>
#include <string_view>

namespace dk::descriptor {

/// 1 to 63 letters, digits and the characters . _ -
[[nodiscard]] bool is_name(std::string_view text);
inline constexpr std::string_view kNameRule = "1 to 63 letters, digits and the characters . _ -";

/// `{zone: cellar, disk: ssd}`: what an operator says of a machine, and what a job wants of one.
/// Names and values are names; `path` is the mapping's own.
void read_labels(const Node& node, const std::string& path, std::map<std::string, std::string>& out,
                 Faults& faults);

/// "disk=ssd, zone=cellar"
[[nodiscard]] std::string labels_text(const std::map<std::string, std::string>& labels);

}  // namespace dk::descriptor
