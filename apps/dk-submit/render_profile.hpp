// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "apps/dk-submit/data_profile.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace dk::submit {

struct ProfileStyle {
  bool unicode = false;  ///< Bars of UTF-8 blocks; else of ASCII.
  bool all = false;      ///< Every column and class; else the first 40 and 20.
};

/// A table for people, several lines.
[[nodiscard]] std::string render_profile(const DataProfile& profile, const std::string& source,
                                         const ProfileStyle& style);
/// The same as one object, with every column: numbers where there are values, else null.
[[nodiscard]] nlohmann::json profile_json(const DataProfile& profile, const std::string& source);

}  // namespace dk::submit
