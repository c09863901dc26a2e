// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/map_reader.hpp"
#include "actors/descriptor/sections.hpp"

#include <cmath>
#include <limits>
#include <optional>

namespace dk::descriptor {
namespace {

constexpr std::uint64_t kMaxClasses = 1'000'000;
const std::vector<std::string> kFormats{"idx", "npy"};
constexpr std::string_view kOneTransform = "a mapping of one key: min_max or one_hot";

std::optional<float> to_float(const Node& node) {
  const auto number = to_number(node);
  if (!number || std::abs(*number) > std::numeric_limits<float>::max()) return std::nullopt;
  return static_cast<float>(*number);
}

/// `[min, max]`, two different numbers in this order.
void read_interval(const Node& node, const std::string& path, float& min, float& max,
                   Faults& faults) {
  std::optional<float> ends[2];
  if (node.kind == Node::Kind::kList && node.items.size() == 2) {
    ends[0] = to_float(node.items[0]);
    ends[1] = to_float(node.items[1]);
  }
  if (ends[0] && ends[1] && *ends[0] < *ends[1]) {
    min = *ends[0];
    max = *ends[1];
  } else if (ends[0] && ends[1]) {
    faults.add(node.place, fmt::format("{} is [{}, {}]; allowed: [min, max] with min < max", path,
                                       *ends[0], *ends[1]));
  } else {
    MapReader::refuse(node, path, "[min, max], two finite numbers", faults);
  }
}

storage::MinMax read_min_max(const Node& node, const std::string& path, Faults& faults) {
  storage::MinMax result;
  MapReader map(node, path, faults, "a mapping with the keys from and to");
  const auto* from = map.value("from", MapReader::kRequired, "[min, max] of the raw features");
  if (from != nullptr) {
    read_interval(*from, map.path_of("from"), result.from_min, result.from_max, faults);
  }
  if (const auto* to = map.value("to")) {
    read_interval(*to, map.path_of("to"), result.to_min, result.to_max, faults);
  }
  map.refuse_unknown_keys();
  return result;
}

void read_transform(const Node& node, const std::string& path,
                    std::vector<storage::Transform>& transforms, Faults& faults) {
  if (node.kind != Node::Kind::kMap || node.items.size() != 1) {
    MapReader::refuse(node, path, kOneTransform, faults);
    return;
  }
  MapReader map(node, path, faults);
  if (const auto* min_max = map.value("min_max")) {
    transforms.emplace_back(read_min_max(*min_max, map.path_of("min_max"), faults));
  }
  storage::OneHot one_hot;
  map.whole_number("one_hot", one_hot.classes, 2, kMaxClasses);
  if (one_hot.classes > 0) transforms.emplace_back(one_hot);
  map.refuse_unknown_keys();
}

std::vector<storage::Transform> read_transforms(const Node& node, const std::string& path,
                                                Faults& faults) {
  std::vector<storage::Transform> transforms;
  if (node.kind != Node::Kind::kList) {
    MapReader::refuse(node, path, "a list of transforms", faults);
    return transforms;
  }
  bool has_one_hot = false;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const auto& item = node.items[i];
    const auto item_path = fmt::format("{}[{}]", path, i);
    read_transform(item, item_path, transforms, faults);
    if (item.find("one_hot") == nullptr) continue;
    if (has_one_hot) faults.add(item.place, item_path + " is a second one_hot; allowed: one");
    has_one_hot = true;
  }
  return transforms;
}

storage::DataConfig read_set(const Node& node, const std::string& path,
                             const std::filesystem::path& base_directory, Faults& faults) {
  storage::DataConfig config;
  MapReader map(node, path, faults, "a mapping with the keys format, features, labels");
  const auto* format = map.value("format", MapReader::kRequired, listed(kFormats));
  if (format != nullptr) {
    config.format = read_name(*format, map.path_of("format"), kFormats, faults);
  }
  const auto file = [&](std::string_view key, std::filesystem::path& out) {
    std::string text;
    map.text(key, text, MapReader::kRequired, "the path of a file");
    if (!text.empty()) out = absolute_path(base_directory, text);
  };
  file("features", config.features);
  file("labels", config.labels);
  map.refuse_unknown_keys();
  return config;
}

}  // namespace

void read_data(const Node& node, const std::filesystem::path& base_directory, JobSpec& spec,
               Faults& faults) {
  MapReader map(node, "data", faults, "a mapping with the keys train, validation, test, transform");
  const auto* train =
      map.value("train", MapReader::kRequired, "a mapping with the keys format, features, labels");
  if (train != nullptr) spec.train = read_set(*train, "data.train", base_directory, faults);
  if (const auto* validation = map.value("validation")) {
    spec.validation = read_set(*validation, "data.validation", base_directory, faults);
  }
  if (const auto* test = map.value("test")) {
    spec.test = read_set(*test, "data.test", base_directory, faults);
  }
  if (const auto* transform = map.value("transform")) {
    spec.train.transforms = read_transforms(*transform, "data.transform", faults);
    if (spec.validation) spec.validation->transforms = spec.train.transforms;
    if (spec.test) spec.test->transforms = spec.train.transforms;
  }
  map.refuse_unknown_keys();
}

}  // namespace dk::descriptor
