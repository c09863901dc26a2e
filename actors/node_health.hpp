// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace dk {

/// How a node is, as its agent says it.
struct NodeHealth {
  bool joined = false;  ///< in its cluster, with a supervisor
  std::string status;   ///< a line for people
};

}  // namespace dk
