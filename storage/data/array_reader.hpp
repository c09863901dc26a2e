// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/array_file.hpp"
#include "storage/data/reader.hpp"
#include "storage/data/source_config.hpp"

namespace dk::storage {

/// The rows of a data set whose fields are arrays: idx, npy, npz, hdf5. `open` opens one file of
/// the format.
Result<std::shared_ptr<const Reader>> open_arrays(const SourceConfig& config, OpenArrayFile open,
                                                  FileAccess& access);

}  // namespace dk::storage
