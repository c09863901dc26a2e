// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-node/settings.hpp"

#include "actors/machine_limits.hpp"
#include "apps/dk-node/settings_tree.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace dk {
namespace {

using descriptor::Faults;
using descriptor::Place;
using Kind = SettingKey::Kind;
using YamlNode = descriptor::Node;

YamlNode scalar(const std::string& text, const Place& place) {
  YamlNode node;
  node.kind = YamlNode::Kind::kScalar;
  node.text = text;
  node.place = node.key_place = place;
  return node;
}

/// A flag's value as the file would have it.
YamlNode value_of(const SettingKey& key, const GivenFlag& flag, const Place& place) {
  if (key.kind != Kind::kList && key.kind != Kind::kPairs) return scalar(flag.values.back(), place);
  YamlNode node;
  node.kind = key.kind == Kind::kList ? YamlNode::Kind::kList : YamlNode::Kind::kMap;
  node.place = node.key_place = place;
  for (const auto& text : flag.values) {
    const auto equals = key.kind == Kind::kPairs ? text.find('=') : std::string::npos;
    const bool is_pair = equals != std::string::npos;
    auto& item = node.items.emplace_back(scalar(is_pair ? text.substr(equals + 1) : text, place));
    if (key.kind == Kind::kPairs) item.key = text.substr(0, equals);
    if (key.kind == Kind::kPairs && !is_pair) item.kind = YamlNode::Kind::kNull;
  }
  return node;
}

YamlNode& entry(YamlNode& mapping, std::string_view key, const Place& place) {
  if (mapping.kind == YamlNode::Kind::kNull) mapping.kind = YamlNode::Kind::kMap;
  if (YamlNode* found = mapping.find(key)) return *found;
  YamlNode& added = mapping.items.emplace_back();
  added.key = key;
  added.place = added.key_place = place;
  return added;
}

/// Puts a flag in the tree, over what the file says. A mapping that is none is the reader's fault
/// to find.
void put(const SettingKey& key, const GivenFlag& flag, YamlNode& root, Faults& faults) {
  auto shown = std::string(flag.flag);
  for (const auto& value : flag.values) shown += " " + value;
  const Place place{std::make_shared<const std::string>(std::move(shown)), 0, 0};
  for (const auto& value : flag.values) {
    if (!descriptor::check_characters(value, place, faults)) return;
  }
  const auto dot = key.path.find('.');
  YamlNode* mapping = &root;
  if (dot != std::string_view::npos) mapping = &entry(root, key.path.substr(0, dot), place);
  const bool takes_keys =
      mapping->kind == YamlNode::Kind::kMap || mapping->kind == YamlNode::Kind::kNull;
  if (!takes_keys) return;
  const auto name = dot == std::string_view::npos ? key.path : key.path.substr(dot + 1);
  YamlNode& target = entry(*mapping, name, place);
  auto value = value_of(key, flag, place);
  value.key = target.key;
  target = std::move(value);
}

std::string origin(const YamlNode& root, std::string_view path) {
  const YamlNode* found = find_setting(root, path);
  if (found == nullptr) return "default";
  if (found->place.line == 0) return *found->place.source;
  return fmt::format("{}:{}", *found->place.source, found->place.line);
}

}  // namespace

Machine this_machine() {
  Machine machine;
  char host[256] = "node";
  ::gethostname(host, sizeof host - 1);
  machine.name = host;
  auto limits = machine_limits();
  machine.cores = limits.cores;
  machine.memory_bytes = limits.memory_bytes;
  machine.cores_by = std::move(limits.cores_by);
  machine.memory_by = std::move(limits.memory_by);
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::filesystem::path(value == nullptr ? "" : value);
  };
  if (const auto state = variable("STATE_DIRECTORY"); !state.empty()) {
    machine.data = state;
  } else if (::geteuid() == 0) {
    machine.data = "/var/lib/dk";
  } else if (const auto own = variable("XDG_STATE_HOME"); !own.empty()) {
    machine.data = own / "dk";
  } else {
    machine.data = variable("HOME") / ".local/state/dk";
  }
  return machine;
}

Result<ReadSettings> read_settings(const std::optional<ConfigFile>& file,
                                   const std::vector<GivenFlag>& flags, const Machine& machine) {
  Faults faults;
  YamlNode root;
  root.kind = YamlNode::Kind::kMap;
  root.place.source = std::make_shared<const std::string>("dk-node");
  if (file) {
    auto parsed = descriptor::parse_yaml(file->text, file->source, true, faults);
    if (!parsed) return fail(faults.to_error());
    // A file of comments alone says nothing.
    if (parsed->kind != YamlNode::Kind::kNull) root = *std::move(parsed);
    root.place.source = std::make_shared<const std::string>(file->source);
  }
  for (const auto& flag : flags) {
    const auto key = std::ranges::find(setting_keys(), flag.flag, &SettingKey::flag);
    if (root.kind == YamlNode::Kind::kMap && !flag.values.empty()) put(*key, flag, root, faults);
  }
  ReadSettings read;
  read.settings = settings_of(root, file ? file->base : std::filesystem::path(), machine, faults);
  if (!faults.empty()) return fail(faults.to_error());
  for (const auto& key : setting_keys()) read.origins.push_back(origin(root, key.path));
  return read;
}

}  // namespace dk
