// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/read_architecture.hpp"

#include "model/keras/model_file.hpp"
#include "model/keras/read_json.hpp"
#include "model/keras/write_json.hpp"

namespace dk::descriptor {
Result<std::string> architecture_of_file(const std::filesystem::path& path) {
  std::error_code ignored;
  const auto kind = std::filesystem::status(path, ignored).type();
  if (kind != std::filesystem::file_type::regular &&
      kind != std::filesystem::file_type::not_found) {
    return fail(Errc::kInvalid, "{}: not a file", path.string());
  }
  DK_TRY_ASSIGN(const auto file, model::read_model_file(path));
  if (file.architecture) return model::write_keras_json(*file.architecture);
  return fail(Errc::kInvalid, "{}: has weights and no architecture", path.string());
}

Result<std::string> architecture_of_layers(const nlohmann::json& layers) {
  DK_TRY_ASSIGN(const auto architecture, model::read_layer_list(layers, "layers"));
  return model::write_keras_json(architecture);
}

}  // namespace dk::descriptor
