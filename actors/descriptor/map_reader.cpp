// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/map_reader.hpp"

#include <algorithm>

namespace dk::descriptor {

MapReader::MapReader(const Node& node, std::string path, Faults& faults, std::string_view allowed)
    : node_(node), path_(std::move(path)), faults_(faults), is_map_(node.kind == Node::Kind::kMap) {
  if (!is_map_) refuse(node, path_.empty() ? "the descriptor" : path_, allowed, faults_);
}

std::string MapReader::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

const Node* MapReader::value(std::string_view key, Presence presence, std::string_view allowed) {
  known_keys_.emplace_back(key);
  const Node* found = node_.find(key);
  if (found == nullptr && presence == kRequired && is_map_) {
    faults_.add(node_.place, fmt::format("{} is missing; allowed: {}", path_of(key), allowed));
  }
  return found;
}

void MapReader::flag(std::string_view key, bool& out) {
  const Node* node = value(key);
  if (node == nullptr) return;
  if (!node->in_quotes && (node->text == "true" || node->text == "false")) {
    out = node->text == "true";
  } else {
    refuse(*node, path_of(key), "true, false", faults_);
  }
}

void MapReader::text(std::string_view key, std::string& out, Presence presence,
                     std::string_view allowed) {
  const Node* node = value(key, presence, allowed);
  if (node == nullptr) return;
  const bool is_printable = std::none_of(node->text.begin(), node->text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
  if (node->kind == Node::Kind::kScalar && !node->text.empty() && is_printable) {
    out = node->text;
  } else {
    refuse(*node, path_of(key), allowed, faults_);
  }
}

void MapReader::duration(std::string_view key, std::chrono::milliseconds& out,
                         std::chrono::milliseconds min, std::chrono::milliseconds max) {
  const Node* node = value(key);
  if (node == nullptr) return;
  const auto duration = to_duration(*node);
  if (duration && *duration >= min && *duration <= max) {
    out = *duration;
  } else {
    refuse(*node, path_of(key),
           fmt::format("a number with its unit (ms, s, m, h) from {} to {}", duration_text(min),
                       duration_text(max)),
           faults_);
  }
}

void MapReader::refuse_unknown_keys() {
  if (!is_map_) return;
  auto allowed = known_keys_;
  std::sort(allowed.begin(), allowed.end());
  for (const auto& item : node_.items) {
    if (std::binary_search(allowed.begin(), allowed.end(), item.key)) continue;
    const auto where = path_.empty() ? std::string() : fmt::format(" in {}", path_);
    faults_.add(item.key_place,
                fmt::format("unknown key {}{}; {}allowed: {}", in_single_quotes(item.key), where,
                            suggestion(item.key, allowed), listed(allowed)));
  }
}

void MapReader::refuse(const Node& node, const std::string& path, std::string_view allowed,
                       Faults& faults) {
  faults.add(node.place, fmt::format("{} is {}; allowed: {}", path, node.shown(), allowed));
}

std::string read_name(const Node& node, const std::string& path,
                      const std::vector<std::string>& names, Faults& faults) {
  const bool is_text = node.kind == Node::Kind::kScalar;
  if (is_text && std::find(names.begin(), names.end(), node.text) != names.end()) return node.text;
  const auto hint = is_text ? suggestion(node.text, names) : std::string();
  faults.add(node.place,
             fmt::format("{} is {}; {}allowed: {}", path, node.shown(), hint, listed(names)));
  return {};
}

}  // namespace dk::descriptor
