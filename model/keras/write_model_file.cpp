// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/files.hpp"
#include "model/config_reader.hpp"
#include "model/keras/hdf5_model.hpp"
#include "model/keras/keras_order.hpp"
#include "model/keras/model_file.hpp"
#include "model/keras/npz.hpp"
#include "model/keras/training_config.hpp"
#include "model/keras/write_json.hpp"

#include <array>
#include <vector>

namespace dk::model {
namespace {

using nlohmann::json;

std::string dumped(const json& value) {
  return value.dump(-1, ' ', /*ensure_ascii=*/false, json::error_handler_t::replace);
}

/// With the optimizer as it is now; null when there is nothing to say.
json training_of(const SaveOptions& options) {
  if (options.training_config.is_null() && options.optimizer == nullptr) return nullptr;
  json training = read_training_config(options.training_config.is_object() ? options.training_config
                                                                           : json::object());
  if (options.optimizer != nullptr) training["optimizer"] = options.optimizer->config();
  return training;
}

Result<Bytes> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return Bytes(bytes.begin(), bytes.end());
}

Result<Bytes> json_file(const Model& model, const SaveOptions&) {
  DK_TRY_ASSIGN(auto root,
                keras_model_json(in_keras_order(model.architecture()), KerasGeneration::kKeras2));
  root["backend"] = "tensorflow";
  root["keras_version"] = keras_version(KerasGeneration::kKeras2);
  return bytes_of(dumped(root));
}

Result<Bytes> hdf5_file(const Model& model, const SaveOptions& options) {
  const auto architecture = in_keras_order(model.architecture());
  Hdf5Writer file;
  if (options.weights_only) {
    write_layer_weights(file, "", architecture, model);
    return std::move(file).finish();
  }
  DK_TRY_ASSIGN(const auto root, keras_model_json(architecture, KerasGeneration::kKeras2));
  file.text("", "backend", "tensorflow");
  file.text("", "keras_version", keras_version(KerasGeneration::kKeras2));
  file.text("", "model_config", dumped(root));
  const auto training = training_of(options);
  if (!training.is_null()) file.text("", "training_config", dumped(training_config_2(training)));
  if (!options.transforms.empty()) file.text("", "dk_transforms", options.transforms);
  write_layer_weights(file, "model_weights", architecture, model);
  if (options.optimizer != nullptr) {
    write_optimizer_weights(file, *options.optimizer, model.layout());
  }
  return std::move(file).finish();
}

Result<Bytes> path_weights(const Model& model, const SaveOptions& options) {
  Hdf5Writer file;
  write_path_weights(file, in_keras_order(model.architecture()), model);
  if (options.optimizer != nullptr) {
    write_optimizer_paths(file, *options.optimizer, model.layout());
  }
  return std::move(file).finish();
}

Result<Bytes> archive_file(const Model& model, const SaveOptions& options) {
  DK_TRY_ASSIGN(auto root,
                keras_model_json(in_keras_order(model.architecture()), KerasGeneration::kKeras3));
  const auto training = training_of(options);
  if (!training.is_null()) root["compile_config"] = compile_config_3(training);
  const json about = {{"keras_version", keras_version(KerasGeneration::kKeras3)},
                      {"date_saved", "1980-01-01@00:00:00"}};
  const auto metadata = dumped(about);
  const auto config = dumped(root);
  DK_TRY_ASSIGN(const auto weights, path_weights(model, options));
  std::vector<ZipEntry> entries{{"metadata.json", std::as_bytes(std::span(metadata))},
                                {"config.json", std::as_bytes(std::span(config))},
                                {"model.weights.h5", weights}};
  if (!options.transforms.empty()) {
    entries.push_back({"dk_transforms.json", std::as_bytes(std::span(options.transforms))});
  }
  return zip_of(entries);
}

Result<Bytes> npz_file(const Model& model, const SaveOptions&) {
  return write_npz(model);
}

struct Kind {
  std::string_view end;
  Result<Bytes> (*write)(const Model& model, const SaveOptions& options);
};

/// The longer end first.
constexpr std::array<Kind, 6> kKinds{{{".weights.h5", path_weights},
                                      {".h5", hdf5_file},
                                      {".hdf5", hdf5_file},
                                      {".keras", archive_file},
                                      {".json", json_file},
                                      {".npz", npz_file}}};

Result<const Kind*> kind_of(std::string_view name) {
  std::vector<std::string> ends;
  for (const Kind& kind : kKinds) {
    if (name.ends_with(kind.end)) return &kind;
    ends.emplace_back(kind.end);
  }
  return fail(Errc::kInvalid, "{}: no kind of model file has this ending; there are {}", name,
              listed(ends));
}

}  // namespace

Result<void> check_model_file_name(std::string_view name) {
  DK_TRY(kind_of(name));
  return {};
}

Result<Bytes> model_file_bytes(std::string_view name, const Model& model,
                               const SaveOptions& options) {
  DK_TRY_ASSIGN(const auto* kind, kind_of(name));
  auto bytes = kind->write(model, options);
  if (!bytes) return fail_in(name, bytes.error());
  return bytes;
}

Result<void> write_model_file(const std::filesystem::path& path, const Model& model,
                              const SaveOptions& options) {
  DK_TRY_ASSIGN(const auto bytes, model_file_bytes(path.string(), model, options));
  return write_file_atomic(path, bytes);
}

}  // namespace dk::model
