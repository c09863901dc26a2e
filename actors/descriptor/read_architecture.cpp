// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/read_architecture.hpp"

#include "base/files.hpp"
#include "model/keras/read_json.hpp"
#include "model/keras/write_json.hpp"

namespace dk::descriptor {
namespace {

constexpr std::size_t kMaxModelBytes = std::size_t{16} << 20;

}  // namespace

Result<std::string> architecture_of_file(const std::filesystem::path& path) {
  std::error_code ignored;
  const auto kind = std::filesystem::status(path, ignored).type();
  if (kind != std::filesystem::file_type::regular &&
      kind != std::filesystem::file_type::not_found) {
    return fail(Errc::kInvalid, "{}: not a file", path.string());
  }
  DK_TRY_ASSIGN(auto text, read_file(path, kMaxModelBytes));
  DK_TRY_ASSIGN(const auto architecture, model::read_keras_json(text, path.string()));
  return model::write_keras_json(architecture);
}

Result<std::string> architecture_of_layers(const nlohmann::json& layers) {
  DK_TRY_ASSIGN(const auto architecture, model::read_layer_list(layers, "layers"));
  return model::write_keras_json(architecture);
}

}  // namespace dk::descriptor
