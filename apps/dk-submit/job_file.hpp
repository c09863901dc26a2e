// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/api/gateway.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace dk::submit {

/// The descriptor in `file` as a request; relative paths in it start at its directory.
Result<JobRequest> read_job_file(const std::filesystem::path& file,
                                 std::vector<std::string> overrides);

}  // namespace dk::submit
