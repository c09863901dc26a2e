// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/map_reader.hpp"
#include "actors/descriptor/sections.hpp"
#include "base/did_you_mean.hpp"
#include "storage/data/transforms/transform.hpp"

#include <algorithm>

namespace dk::descriptor {
namespace {

constexpr std::uint64_t kMinMemory = std::uint64_t{1} << 20;
constexpr std::uint64_t kMaxMemory = std::uint64_t{1} << 40;

std::vector<std::string> transform_names() {
  auto names = storage::known_transforms();
  if (std::find(names.begin(), names.end(), "augment") == names.end())
    names.emplace_back("augment");
  return names;
}

/// What can be known without the data; `name` acts on whatever they are.
Result<void> check_arguments(const std::string& name, const nlohmann::json& arguments) {
  static const std::vector<std::string> kAnyFields{"min_max", "standard", "scale",       "clip",
                                                   "one_hot", "impute",   "binary_label"};
  const bool any = std::find(kAnyFields.begin(), kAnyFields.end(), name) != kAnyFields.end();
  for (const char* key : {"columns", "input_col", "input_column"}) {
    if (!any || (arguments.is_object() && arguments.contains(key))) return {};
  }
  const storage::Schema one_number{{{"x", {}}}, {{"y", {}}}};
  DK_TRY(storage::make_transform(name, arguments, one_number));
  return {};
}

bool has_label_index(const nlohmann::json& transforms) {
  return std::any_of(transforms.begin(), transforms.end(),
                     [](const auto& transform) { return transform.contains("label_index"); });
}

nlohmann::json read_transforms(const Node& node, Faults& faults) {
  nlohmann::json transforms = nlohmann::json::array();
  if (node.kind != Node::Kind::kList) {
    MapReader::refuse(node, "data.transform", "a list of transforms", faults);
    return transforms;
  }
  const auto names = transform_names();
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const auto& item = node.items[i];
    const auto path = fmt::format("data.transform[{}]", i);
    const bool one_key = item.kind == Node::Kind::kMap && item.items.size() == 1;
    if (!one_key && item.kind != Node::Kind::kScalar) {
      MapReader::refuse(item, path, "a mapping of one key: a transform and its arguments", faults);
      continue;
    }
    const auto& name = one_key ? item.items[0].key : item.text;
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      faults.add(item.place,
                 fmt::format("{} is '{}', no transform{}", path, name, did_you_mean(name, names)));
      continue;
    }
    const auto before = faults.size();
    auto arguments = one_key ? to_json(item.items[0], path + "." + name, faults) : nlohmann::json();
    // One that follows label_index may take the number of classes from there.
    const bool counted = name == "one_hot" && arguments.is_null() && has_label_index(transforms);
    const auto checked = counted ? Result<void>() : check_arguments(name, arguments);
    if (!checked && faults.size() == before) {
      faults.add(item.place, fmt::format("{}: {}", path, checked.error().message));
    }
    transforms.push_back({{name, std::move(arguments)}});
  }
  return transforms;
}

void read_memory(const Node& node, std::uint64_t& out, Faults& faults) {
  const auto bytes = to_bytes(node);
  if (bytes && *bytes >= kMinMemory && *bytes <= kMaxMemory) {
    out = *bytes;
  } else {
    MapReader::refuse(node, "data.memory", "a size from 1MiB to 1024GiB, such as 500MB", faults);
  }
}

void read_balance(const Node& node, JobSpec& spec, Faults& faults) {
  const auto name =
      read_name(node, "data.class_balance", {"none", "oversample", "undersample"}, faults);
  if (name == "oversample") spec.train.balance = storage::ClassBalance::kOversample;
  if (name == "undersample") spec.train.balance = storage::ClassBalance::kUndersample;
}

/// A share of the training rows, which are then those that are left.
void read_share(const Node& node, JobSpec& spec, Faults& faults) {
  MapReader map(node, "data.validation", faults);
  const auto* fraction = map.value("fraction", MapReader::kRequired, "a number between 0 and 1");
  const auto number = fraction == nullptr ? std::nullopt : to_number(*fraction);
  if (fraction != nullptr && !(number && *number > 0 && *number < 1)) {
    MapReader::refuse(*fraction, map.path_of("fraction"), "a number between 0 and 1", faults);
  }
  bool stratified = false;
  map.flag("stratified", stratified);
  map.refuse_unknown_keys();
  if (!number || !(*number > 0 && *number < 1)) return;
  spec.train.part = {0, 1 - *number, stratified, 0};
  spec.validation = spec.train;
  spec.validation->part = {1 - *number, 1, stratified, 0};
}

/// The fraction under a key of data.split; nothing when it is absent or wrong.
std::optional<double> read_fraction(MapReader& map, std::string_view key, Faults& faults) {
  const auto* node = map.value(key);
  if (node == nullptr) return std::nullopt;
  const auto number = to_number(*node);
  if (number && *number > 0 && *number <= 1) return number;
  MapReader::refuse(*node, map.path_of(key), "a number above 0 and up to 1", faults);
  return std::nullopt;
}

/// The rows of `data.train`'s files go to the sets by fractions; returns the seed, if there is one.
std::optional<std::uint64_t> read_split(const Node& node, const Node& data, JobSpec& spec,
                                        Faults& faults) {
  constexpr double kRounding = 1e-9;
  const auto faults_before = faults.size();
  MapReader map(node, "data.split", faults, "a mapping with the keys train, validation, test");
  const auto train = read_fraction(map, "train", faults);
  const auto validation = read_fraction(map, "validation", faults);
  const auto test = read_fraction(map, "test", faults);
  bool stratified = false;
  map.flag("stratified", stratified);
  std::optional<std::uint64_t> seed;
  if (map.value("seed") != nullptr) {
    map.whole_number("seed", seed.emplace(0), 0, std::numeric_limits<std::uint64_t>::max());
  }
  map.refuse_unknown_keys();
  for (const auto& [key, own] : {std::pair("validation", validation), std::pair("test", test)}) {
    const auto* other = data.find(key);
    if (other == nullptr || (!own && other->find("fraction") == nullptr)) continue;
    faults.add(other->place, fmt::format("data.{0} and data.split both say which rows are for "
                                         "{0}; allowed: one of them",
                                         key));
  }
  if (faults.size() > faults_before) return seed;
  const double others = validation.value_or(0) + test.value_or(0);
  const double share = train.value_or(1 - others);
  if (!train && !validation && !test) {
    faults.add(node.place, "data.split has no fractions; allowed: train, validation, test");
  } else if (share + others > 1 + kRounding || share < kRounding) {
    faults.add(node.place,
               fmt::format("data.split: the fractions' sum is {:.6g}{}; allowed: up to 1",
                           train ? share + others : others,
                           train ? "" : ", which leaves nothing for the training"));
  } else {
    const auto part = [&](double begin, double end) {
      return storage::Part{begin, end > 1 - kRounding ? 1 : end, stratified, 0};
    };
    spec.train.part = part(0, share);
    const double middle = share + validation.value_or(0);
    if (validation) {
      spec.validation = spec.train;
      spec.validation->part = part(share, middle);
    }
    if (test) {
      spec.test = spec.train;
      spec.test->part = part(middle, share + others);
    }
  }
  return seed;
}

}  // namespace

std::optional<std::uint64_t> read_data(const Node& node,
                                       const std::filesystem::path& base_directory, JobSpec& spec,
                                       Faults& faults) {
  MapReader map(node, "data", faults,
                "a mapping with the keys train, validation, test, split, transform");
  const auto presence = spec.epochs == 0 ? MapReader::kOptional : MapReader::kRequired;
  if (const auto* train = map.value("train", presence, kDataSet)) {
    spec.train.source = read_source(*train, "data.train", base_directory, faults);
  }
  if (const auto* memory = map.value("memory")) {
    read_memory(*memory, spec.train.memory_bytes, faults);
  }
  const auto memory = std::max(kMinMemory, spec.train.memory_bytes / 4);
  std::optional<std::uint64_t> seed;
  const auto* split = map.value("split");
  if (split != nullptr) seed = read_split(*split, node, spec, faults);
  if (const auto* validation = map.value("validation")) {
    if (validation->find("fraction") != nullptr || validation->find("stratified") != nullptr) {
      if (split == nullptr) read_share(*validation, spec, faults);
    } else {
      spec.validation.emplace().source =
          read_source(*validation, "data.validation", base_directory, faults);
    }
  }
  if (const auto* test = map.value("test")) {
    spec.test.emplace().source =
        read_source(*test, "data.test", base_directory, faults, spec.output_predictions.empty());
  }
  if (spec.validation) spec.validation->memory_bytes = memory;
  if (spec.test) spec.test->memory_bytes = memory;
  if (const auto* transform = map.value("transform")) {
    spec.train.transforms = read_transforms(*transform, faults);
    if (spec.validation) spec.validation->transforms = spec.train.transforms;
    if (spec.test) spec.test->transforms = spec.train.transforms;
  }
  if (const auto* balance = map.value("class_balance")) read_balance(*balance, spec, faults);
  map.refuse_unknown_keys();
  return seed;
}

void seed_parts(JobSpec& spec, std::uint64_t seed) {
  const auto give = [&](storage::DataConfig& config) {
    if (!config.part.is_all() || config.balance != storage::ClassBalance::kNone) {
      config.part.seed = seed;
    }
  };
  give(spec.train);
  if (spec.validation) give(*spec.validation);
  if (spec.test) give(*spec.test);
}

}  // namespace dk::descriptor
