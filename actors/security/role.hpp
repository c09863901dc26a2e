// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

/// Who may do what: certificates, tokens and roles.
namespace dk::security {

/// A viewer looks at everything and changes nothing; a submitter hands jobs in and sees and changes
/// its own; an operator may do everything. kNode is a machine of the cluster: only it gets onto the
/// wire between nodes. In the order of what they may change.
enum class Role { kViewer, kSubmitter, kOperator, kNode };

/// `viewer`, `submitter`, `operator` or `node`, as certificates and token files have it.
[[nodiscard]] std::string_view to_string(Role role);
/// kInvalid names what is allowed.
[[nodiscard]] Result<Role> role_from(std::string_view text);

/// Who asks.
struct Identity {
  std::string name;
  Role role = Role::kViewer;

  bool operator==(const Identity&) const = default;
};

/// Names of certificates and tokens stand in file names and logs: 1 to 64 letters, digits, dots,
/// dashes and underscores, the first of them a letter or digit. kInvalid otherwise.
[[nodiscard]] Result<void> check_name(std::string_view name);

}  // namespace dk::security
