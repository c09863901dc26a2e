// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/bytes.hpp"
#include "model/keras/stored_weights.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace dk::model {

/// What a Keras file has of a model. Every reader below takes any bytes: a file that is none, is
/// damaged or asks for too much is refused with its name and the reason, and takes no more memory
/// than a few times its size (an archive: its unpacked size, which is limited).
struct ModelFile {
  std::string source;
  /// None in a file of weights alone.
  std::optional<Architecture> architecture;
  std::optional<StoredWeights> weights;
  /// As `read_training_config` gives it, or null: the model was not compiled.
  nlohmann::json training_config = nullptr;
  std::optional<StoredOptimizer> optimizer;
  /// As SaveOptions has it; unchecked.
  std::string transforms{};
};

/// Tells by the content, not by the name: Keras' JSON, HDF5 (whole models and weights of Keras 1
/// and 2, weights of Keras 3), `.keras` archives, NPZ weights, NPY of our flat vector.
[[nodiscard]] Result<ModelFile> read_model_file(const std::filesystem::path& path);
/// The same of bytes in memory; messages begin with `source`.
[[nodiscard]] Result<ModelFile> read_model_bytes(std::span<const std::byte> bytes,
                                                 std::string source);

/// Builds the file's model and gives it the file's weights, or, when there are none, `seed`'s
/// initial values. kInvalid when the file has no architecture.
[[nodiscard]] Result<std::unique_ptr<Model>> build_model(const ModelFile& file,
                                                         const CompileConfig& config,
                                                         std::uint64_t seed = 0);
/// Gives a model the weights of any such file.
[[nodiscard]] Result<void> read_weights(const std::filesystem::path& path, Model& model);

/// What goes into a file besides the model.
struct SaveOptions {
  /// Keys `loss`, `metrics`, `loss_weights`, or null: not compiled.
  nlohmann::json training_config = nullptr;
  const Optimizer* optimizer = nullptr;
  /// A `.h5` file without architecture, optimizer and training config.
  bool weights_only = false;
  /// What is done to the data before the model sees them: a text that is kept as it is, none when
  /// empty. It goes into `.h5` and `.hdf5` (the root's attribute `dk_transforms`) and `.keras` (the
  /// entry `dk_transforms.json`), where Keras passes over it; the other kinds have no place for it.
  std::string transforms{};
};

/// Writes what Keras itself writes, by the name's end: `.h5`, `.hdf5` (Keras 2), `.keras`,
/// `.weights.h5` (Keras 3), `.json` (Keras 2, architecture alone), `.npz` (weights alone). The file
/// is replaced whole or not at all; the same model gives the same bytes. kInvalid for another end,
/// or names what that Keras does not have.
[[nodiscard]] Result<void> write_model_file(const std::filesystem::path& path, const Model& model,
                                            const SaveOptions& options = {});
/// The bytes of that file; `name` only says the kind.
[[nodiscard]] Result<Bytes> model_file_bytes(std::string_view name, const Model& model,
                                             const SaveOptions& options = {});
/// Whether `write_model_file` knows the name's end; kInvalid lists those that it knows.
[[nodiscard]] Result<void> check_model_file_name(std::string_view name);

}  // namespace dk::model
