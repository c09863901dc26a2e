// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/overrides.hpp"

#include <algorithm>
#include <utility>

namespace dk::descriptor {
namespace {

/// Without the quotes, as it was typed.
std::string shown(std::string_view override_text) {
  const auto text = in_single_quotes(override_text);
  return text.substr(1, text.size() - 2);
}

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> keys;
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find('.', start), path.size());
    keys.emplace_back(path.substr(start, end - start));
    start = end + 1;
  }
  return keys;
}

/// The mapping's value of that key, made if it is not there.
Node& entry(Node& mapping, const std::string& key, const Place& place) {
  if (Node* found = mapping.find(key)) return *found;
  Node& added = mapping.items.emplace_back();
  added.place = added.key_place = place;
  added.key = key;
  return added;
}

void apply(const std::string& text, Node& root, Faults& faults) {
  const Place place{std::make_shared<const std::string>("--set " + shown(text)), 0, 0};
  if (!check_characters(text, place, faults)) return;
  const std::size_t equals = text.find('=');
  const auto keys = split(std::string_view(text).substr(0, equals));
  const bool has_empty_key = std::find(keys.begin(), keys.end(), "") != keys.end();
  if (equals == std::string::npos || has_empty_key || keys.size() > kMaxDepth) {
    faults.add(place, "not an assignment; allowed: KEY.KEY=VALUE");
    return;
  }
  auto value = parse_yaml(std::string_view(text).substr(equals + 1), *place.source, false, faults);
  if (!value) return;

  Node* target = &root;
  std::string parent;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (target->kind == Node::Kind::kNull) target->kind = Node::Kind::kMap;
    if (target->kind != Node::Kind::kMap) {
      faults.add(place, fmt::format("{} is {} and has no keys; set it as a whole, "
                                    "as in --set '{}={{{}: ...}}'",
                                    parent, target->shown(), parent, keys[i]));
      return;
    }
    target = &entry(*target, keys[i], place);
    parent += (parent.empty() ? "" : ".") + keys[i];
  }
  value->key = target->key;
  value->key_place = place;
  *target = *std::move(value);
}

}  // namespace

void apply_overrides(const std::vector<std::string>& overrides, Node& root, Faults& faults) {
  const bool takes_keys = root.kind == Node::Kind::kMap || root.kind == Node::Kind::kNull;
  if (!takes_keys) return;  // a fault by itself
  for (const auto& text : overrides) apply(text, root, faults);
}

}  // namespace dk::descriptor
