// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "apps/dk-node/settings.hpp"

namespace dk {

/// The value at a key's path, such as "limits.cores"; nullptr when it is absent.
[[nodiscard]] const descriptor::Node* find_setting(const descriptor::Node& root,
                                                   std::string_view path);

/// The settings that a tree of file and flags says, with the machine's defaults for what it does
/// not. Relative paths of the file start at `base`. What is wrong goes to `faults`.
[[nodiscard]] Settings settings_of(const descriptor::Node& root, const std::filesystem::path& base,
                                   const Machine& machine, descriptor::Faults& faults);

}  // namespace dk
