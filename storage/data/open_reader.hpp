// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/byte_file.hpp"
#include "storage/data/reader.hpp"
#include "storage/data/source_config.hpp"

#include <functional>
#include <memory>

namespace dk::storage {

/// Opens the files of a data set and checks them: their formats and shapes, that they have as many
/// features as labels; in tables (csv, libsvm) every row. kNotFound, kIo, kInvalid (what the
/// configuration asks for does not fit the files), kCorrupt (damaged files), with the file and
/// place.
Result<std::shared_ptr<const Reader>> open_reader(const SourceConfig& config,
                                                  FileAccess access = {});

/// How the files of a data set are opened, with `open_reader`'s errors: by `open_reader`, or by
/// something that knows other machines. The readers must not differ, or no run could be repeated.
using OpenReader = std::function<Result<std::shared_ptr<const Reader>>(const SourceConfig& config,
                                                                       FileAccess access)>;

}  // namespace dk::storage
