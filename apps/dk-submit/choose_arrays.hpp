// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/data/schema.hpp"
#include "storage/data/source_config.hpp"

namespace dk::submit {

/// Which arrays of hdf5 and npz files are the features, and (`labels`) the labels, when the command
/// line does not say: those that are called as in the training (`trained`, or null), else the only
/// one that may be meant: it is alone, or alone has a usual name (x, X_test, features, images ...;
/// y, Y_train, labels, targets ...). kInvalid names all arrays when that does not decide it.
[[nodiscard]] Result<void> choose_arrays(storage::SourceConfig& config,
                                         const storage::Schema* trained, bool labels);

}  // namespace dk::submit
