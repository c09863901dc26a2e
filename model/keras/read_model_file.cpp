// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/files.hpp"
#include "base/npy.hpp"
#include "model/config_reader.hpp"
#include "model/keras/hdf5_model.hpp"
#include "model/keras/model_file.hpp"
#include "model/keras/npz.hpp"
#include "model/keras/read_json.hpp"
#include "model/keras/training_config.hpp"

namespace dk::model {
namespace {

using nlohmann::json;

constexpr std::size_t kMostFileBytes = std::size_t{8} << 30;
constexpr const char* kConfig = "config.json";
constexpr const char* kMetadata = "metadata.json";
constexpr const char* kWeights = "model.weights.h5";
constexpr const char* kTransforms = "dk_transforms.json";

/// A training config that came with a file; the optimizer's own variables get its config.
void take_training(const json& stored, ModelFile& file) {
  file.training_config = read_training_config(stored);
  if (file.optimizer && file.training_config.is_object()) {
    file.optimizer->config = file.training_config["optimizer"];
  }
}

Result<ModelFile> read_hdf5(std::span<const std::byte> bytes, std::string source) {
  DK_TRY_ASSIGN(const auto hdf5, Hdf5Reader::open(bytes, source));
  ModelFile file;
  file.source = source;
  DK_TRY_ASSIGN(file.weights, read_hdf5_weights(hdf5));
  DK_TRY_ASSIGN(file.optimizer, read_hdf5_optimizer(hdf5));
  DK_TRY_ASSIGN(const auto transforms, hdf5.text("", "dk_transforms"));
  file.transforms = transforms.value_or("");
  DK_TRY_ASSIGN(const auto config, hdf5.text("", "model_config"));
  if (!config) return file;
  DK_TRY_ASSIGN(const auto version, hdf5.text("", "keras_version"));
  DK_TRY_ASSIGN(const json root, parse_json(*config, source + ": model_config"));
  DK_TRY_ASSIGN(file.architecture, read_keras_model(root, source, version.value_or("1.")));
  DK_TRY_ASSIGN(const auto training, hdf5.text("", "training_config"));
  if (!training) return file;
  DK_TRY_ASSIGN(const json stored, parse_json(*training, source + ": training_config"));
  take_training(stored, file);
  return file;
}

Result<ModelFile> read_archive(ZipReader& archive, const std::string& source) {
  ModelFile file;
  file.source = source;
  std::string version = "3.";
  if (archive.has(kMetadata)) {
    DK_TRY_ASSIGN(const auto text, archive.read(kMetadata));
    DK_TRY_ASSIGN(const json metadata, parse_json(text, source + ": metadata.json"));
    const json said = metadata.is_object() ? metadata.value("keras_version", json()) : json();
    if (said.is_string()) version = said.get<std::string>();
  }
  json root;
  {
    DK_TRY_ASSIGN(const auto text, archive.read(kConfig));
    DK_TRY_ASSIGN(root, parse_json(text, source + ": config.json"));
  }
  DK_TRY_ASSIGN(file.architecture, read_keras_model(root, source, version));
  for (const auto& name : archive.names()) {
    if (name == kConfig || name == kMetadata || name == kWeights || name == kTransforms ||
        name == "assets/") {
      continue;
    }
    return fail(Errc::kInvalid, "{}: '{}' in the archive; supported: {}, {}, {}", source, name,
                kMetadata, kConfig, kWeights);
  }
  if (archive.has(kTransforms)) {
    DK_TRY_ASSIGN(file.transforms, archive.read(kTransforms));
  }
  if (archive.has(kWeights)) {
    DK_TRY_ASSIGN(const auto weights, archive.read(kWeights));
    DK_TRY_ASSIGN(const auto hdf5, Hdf5Reader::open(std::as_bytes(std::span(weights)),
                                                    fmt::format("{}: {}", source, kWeights)));
    DK_TRY_ASSIGN(file.weights, read_hdf5_weights(hdf5));
    DK_TRY_ASSIGN(file.optimizer, read_hdf5_optimizer(hdf5));
  }
  if (root.contains("compile_config")) take_training(root["compile_config"], file);
  return file;
}

Result<ModelFile> read_zip(std::span<const std::byte> bytes, std::string source) {
  DK_TRY_ASSIGN(auto archive, ZipReader::open(bytes, source));
  if (archive.has(kConfig)) return read_archive(archive, source);
  ModelFile file;
  file.source = source;
  DK_TRY_ASSIGN(file.weights, read_npz(archive, source));
  return file;
}

Result<ModelFile> read_text(std::string_view text, std::string source) {
  ModelFile file;
  DK_TRY_ASSIGN(const json root, parse_json(text, source));
  DK_TRY_ASSIGN(file.architecture, read_keras_model(root, source));
  if (root.contains("compile_config")) take_training(root["compile_config"], file);
  file.source = std::move(source);
  return file;
}

Result<ModelFile> read_flat(std::span<const std::byte> bytes, std::string source) {
  DK_TRY_ASSIGN(auto array, parse_npy(bytes, source));
  ModelFile file;
  file.source = source;
  file.weights = StoredWeights{StoredWeights::Kind::kFlat, std::move(source), {}};
  file.weights->groups.push_back(
      {"", {Weight{"flat", std::move(array.shape), std::move(array.values)}}});
  return file;
}

}  // namespace

Result<ModelFile> read_model_bytes(std::span<const std::byte> bytes, std::string source) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with("\x89HDF")) return read_hdf5(bytes, std::move(source));
  if (text.starts_with("PK")) return read_zip(bytes, std::move(source));
  if (text.starts_with("\x93NUMPY")) return read_flat(bytes, std::move(source));
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && text[first] == '{') {
    return read_text(text, std::move(source));
  }
  return fail(Errc::kInvalid,
              "{}: not a model: neither Keras' JSON nor HDF5 nor a .keras or .npz archive nor .npy",
              source);
}

Result<ModelFile> read_model_file(const std::filesystem::path& path) {
  DK_TRY_ASSIGN(const auto bytes, read_file(path, kMostFileBytes));
  return read_model_bytes(std::as_bytes(std::span(bytes)), path.string());
}

Result<std::unique_ptr<Model>> build_model(const ModelFile& file, const CompileConfig& config,
                                           std::uint64_t seed) {
  if (!file.architecture) {
    return fail(Errc::kInvalid, "{}: weights without a model; give a file with its architecture",
                file.source);
  }
  auto model = Model::build(*file.architecture, config);
  if (!model) return fail_in(file.source, model.error());
  if (file.weights) {
    DK_TRY(load_weights(*file.weights, **model));
  } else {
    (*model)->initialize(seed);
  }
  return model;
}

Result<void> read_weights(const std::filesystem::path& path, Model& model) {
  DK_TRY_ASSIGN(const auto file, read_model_file(path));
  if (!file.weights) return fail(Errc::kInvalid, "{}: a model without weights", path.string());
  return load_weights(*file.weights, model);
}

}  // namespace dk::model
