// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/keras/stored_weights.hpp"
#include "model/keras/zip_archive.hpp"

namespace dk::model {

/// The arrays of a NumPy .npz archive: `arr_0`, `arr_1` ... in this order, as `numpy.savez(file,
/// *model.get_weights())` writes them, or under the variables' own names.
[[nodiscard]] Result<StoredWeights> read_npz(ZipReader& archive, std::string source);

/// `arr_0` ... in the order of `get_weights()`.
[[nodiscard]] Result<Bytes> write_npz(const Model& model);

}  // namespace dk::model
