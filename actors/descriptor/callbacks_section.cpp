// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/map_reader.hpp"
#include "actors/descriptor/sections.hpp"
#include "model/callbacks/callback.hpp"

namespace dk::descriptor {
namespace {

constexpr std::size_t kMaxCallbacks = 100;

/// A file name is a pattern of `{epoch}` and the like, of which the directory is no part.
std::string without_fields(const std::string& text) {
  std::string doubled;
  for (const char c : text) doubled.append(c == '{' || c == '}' ? 2 : 1, c);
  return doubled;
}

/// The files that callbacks write are found from the descriptor's directory.
void make_paths_absolute(const std::filesystem::path& base_directory, nlohmann::json& callback) {
  const auto base = absolute_path(base_directory, "").string();
  if (callback.contains("filename")) {
    callback["filename"] = absolute_path(base, callback["filename"].get<std::string>()).string();
  }
  if (callback.contains("filepath")) {
    callback["filepath"] =
        absolute_path(without_fields(base), callback["filepath"].get<std::string>()).string();
  }
}

}  // namespace

void read_callbacks(const Node& node, const std::filesystem::path& base_directory, JobSpec& spec,
                    Faults& faults) {
  if (node.kind != Node::Kind::kList || node.items.size() > kMaxCallbacks) {
    MapReader::refuse(
        node, "training.callbacks",
        fmt::format("a list of up to {} of {}", kMaxCallbacks, listed(model::known_callbacks())),
        faults);
    return;
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const auto path = fmt::format("training.callbacks[{}]", i);
    auto callback = read_named(node.items[i], path, faults);
    if (callback.is_null()) continue;
    if (const auto made = model::make_callback(callback); !made) {
      faults.add(node.items[i].place, fmt::format("{}: {}", path, made.error().message));
      continue;
    }
    make_paths_absolute(base_directory, callback);
    spec.callbacks.push_back(std::move(callback));
  }
}

}  // namespace dk::descriptor
