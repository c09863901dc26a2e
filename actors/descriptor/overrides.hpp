// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/descriptor/yaml_tree.hpp"

#include <string>
#include <vector>

namespace dk::descriptor {

/// Makes assignments such as "training.workers.max=1" in the tree, in their order: missing mappings
/// on the way are made, the value (YAML) replaces what stood there. What an override writes has the
/// override as its place, so that a later fault names it.
void apply_overrides(const std::vector<std::string>& overrides, Node& root, Faults& faults);

}  // namespace dk::descriptor
