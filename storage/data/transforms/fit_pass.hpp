// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/reader.hpp"
#include "storage/data/transforms/transform.hpp"

#include <memory>
#include <vector>

namespace dk::storage {

/// Streams the rows once, group by group, past the transforms that are not fitted and whose columns
/// no other such transform changes before them. kInvalid: a value that does not do, and where.
Result<void> fit_pass(const std::vector<std::unique_ptr<Transform>>& transforms,
                      const Reader& training);

}  // namespace dk::storage
