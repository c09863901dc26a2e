// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <functional>
#include <string>

namespace dk::storage {

/// Runs `work` in a copy of this process and returns what it returned: for a library that damaged
/// input can crash or hang. When the copy dies or takes more than `cpu_seconds`: kCorrupt that
/// begins with `what`. `work` may use no lock that another thread may hold and start no threads.
Result<void> run_guarded(const std::string& what, unsigned cpu_seconds,
                         const std::function<Result<void>()>& work);

}  // namespace dk::storage
