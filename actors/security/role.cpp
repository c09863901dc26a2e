// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/security/role.hpp"

#include <algorithm>
#include <array>

namespace dk::security {
namespace {

constexpr std::array<std::string_view, 4> kNames{"viewer", "submitter", "operator", "node"};
constexpr std::size_t kLongestName = 64;

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

std::string_view to_string(Role role) {
  return kNames[static_cast<std::size_t>(role)];
}

Result<Role> role_from(std::string_view text) {
  const auto found = std::ranges::find(kNames, text);
  if (found != kNames.end()) return static_cast<Role>(found - kNames.begin());
  return fail(Errc::kInvalid, "'{}' is no role; there are viewer, submitter and operator",
              text.substr(0, 80));
}

Result<void> check_name(std::string_view name) {
  const auto allowed = [](char c) {
    return is_alphanumeric(c) || c == '.' || c == '-' || c == '_';
  };
  if (!name.empty() && name.size() <= kLongestName && is_alphanumeric(name.front()) &&
      std::ranges::all_of(name, allowed)) {
    return {};
  }
  return fail(Errc::kInvalid,
              "'{}' is no name: 1 to {} letters, digits, dots, dashes and underscores, the first "
              "one a letter or digit",
              name.substr(0, 80), kLongestName);
}

}  // namespace dk::security
