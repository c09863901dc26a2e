// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/labels.hpp"

#include "actors/descriptor/map_reader.hpp"

#include <algorithm>

namespace dk::descriptor {
namespace {

constexpr std::size_t kMostNameBytes = 63;
constexpr std::size_t kMostLabels = 64;

}  // namespace

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kMostNameBytes && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

void read_labels(const Node& node, const std::string& path, std::map<std::string, std::string>& out,
                 Faults& faults) {
  const auto allowed =
      fmt::format("NAME: VALUE, each {}; up to {} of them", kNameRule, kMostLabels);
  if (node.kind != Node::Kind::kMap || node.items.size() > kMostLabels)
    return MapReader::refuse(node, path, allowed, faults);
  for (const auto& item : node.items) {
    if (is_name(item.key) && item.kind == Node::Kind::kScalar && is_name(item.text)) {
      out[item.key] = item.text;
    } else {
      MapReader::refuse(item, fmt::format("{}.{}", path, item.key), allowed, faults);
    }
  }
}

std::string labels_text(const std::map<std::string, std::string>& labels) {
  std::string text;
  for (const auto& [name, value] : labels)
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", name, value);
  return text;
}

}  // namespace dk::descriptor
