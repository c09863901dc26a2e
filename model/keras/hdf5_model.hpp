// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/keras/hdf5_file.hpp"
#include "model/keras/stored_weights.hpp"

#include <optional>
#include <string>

namespace dk::model {

/// The weights of an HDF5 file: of a whole model (`model_weights`) or alone, by layers (Keras 1 and
/// 2) or by paths (Keras 3's `.weights.h5`).
[[nodiscard]] Result<StoredWeights> read_hdf5_weights(const Hdf5Reader& file);
/// `optimizer_weights` of Keras 1 and 2 or `optimizer/vars` of Keras 3; nothing when there are
/// none.
[[nodiscard]] Result<std::optional<StoredOptimizer>> read_hdf5_optimizer(const Hdf5Reader& file);

/// Keras 2's layout of the weights in `group`, for a model whose layers are in Keras' order.
void write_layer_weights(Hdf5Writer& file, const std::string& group,
                         const Architecture& architecture, const Model& model);
void write_optimizer_weights(Hdf5Writer& file, const Optimizer& optimizer, const Layout& layout);

/// Keras 3's: `layers/dense/vars/0`.
void write_path_weights(Hdf5Writer& file, const Architecture& architecture, const Model& model);
void write_optimizer_paths(Hdf5Writer& file, const Optimizer& optimizer, const Layout& layout);

}  // namespace dk::model
