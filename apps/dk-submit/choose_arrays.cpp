// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/choose_arrays.hpp"

#include "base/did_you_mean.hpp"
#include "storage/data/array_file.hpp"
#include "storage/data/find_files.hpp"

#include <algorithm>
#include <cctype>

namespace dk::submit {
namespace {

using Names = std::vector<std::string>;

constexpr std::string_view kFeatures[] = {"x",      "xs",    "feature", "features", "input",
                                          "inputs", "image", "images",  "data"};
constexpr std::string_view kLabels[] = {"y",       "ys",    "label",   "labels", "target",
                                        "targets", "class", "classes", "output", "outputs"};
constexpr std::string_view kSets[] = {"_train", "_test", "_val", "_valid", "_validation"};

/// "/data/X_test" is "x".
std::string bare(const std::string& name) {
  auto text = name.substr(name.find_last_of('/') + 1);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const auto set : kSets) {
    if (text.ends_with(set)) return text.substr(0, text.size() - set.size());
  }
  return text;
}

Names called(const Names& all, std::span<const std::string_view> usual) {
  Names found;
  std::copy_if(all.begin(), all.end(), std::back_inserter(found), [&](const std::string& name) {
    return std::find(usual.begin(), usual.end(), bare(name)) != usual.end();
  });
  return found;
}

/// All fields of the training, when the file has them.
Names as_trained(const Names& all, const std::vector<storage::Field>& fields) {
  Names found;
  for (const auto& field : fields) {
    const auto same = std::find_if(all.begin(), all.end(), [&](const std::string& name) {
      return name == field.name || name == "/" + field.name;
    });
    if (same == all.end()) return {};
    found.push_back(*same);
  }
  return found;
}

std::vector<storage::FieldSource> sources_of(const Names& names) {
  std::vector<storage::FieldSource> sources;
  for (const auto& name : names) {
    sources.emplace_back();
    sources.back().dataset = name;
  }
  return sources;
}

}  // namespace

Result<void> choose_arrays(storage::SourceConfig& config, const storage::Schema* trained,
                           bool labels) {
  const bool npz = config.format == "npz";
  const bool decided = !config.features.empty() && (!labels || !config.labels.empty());
  if ((!npz && config.format != "hdf5") || decided) return {};
  DK_TRY_ASSIGN(const auto files, storage::find_files(config.files));
  if (files.empty()) return {};
  DK_TRY_ASSIGN(const auto all,
                npz ? storage::npz_names(files.front()) : storage::hdf5_names(files.front()));
  const auto usual_labels = called(all, kLabels);
  const auto refuse = [&](std::string_view side, std::string_view option) {
    return fail(Errc::kInvalid, "{}: which of its arrays are the {}? {} allows: {}",
                files.front().string(), side, option, listed(all));
  };
  if (config.features.empty()) {
    auto names = trained == nullptr ? Names() : as_trained(all, trained->features);
    if (names.empty()) names = called(all, kFeatures);
    if (names.size() != 1 && (trained == nullptr || names.size() != trained->features.size())) {
      names.clear();
      std::copy_if(all.begin(), all.end(), std::back_inserter(names), [&](const auto& name) {
        return std::find(usual_labels.begin(), usual_labels.end(), name) == usual_labels.end();
      });
      if (names.size() != 1) return refuse("features", "--feature");
    }
    config.features = sources_of(names);
  }
  if (labels && config.labels.empty()) {
    auto names = trained == nullptr ? Names() : as_trained(all, trained->labels);
    if (names.empty()) names = usual_labels;
    if (names.size() > 1 && (trained == nullptr || names.size() != trained->labels.size())) {
      return refuse("labels", "--label");
    }
    config.labels = sources_of(names);
  }
  return {};
}

}  // namespace dk::submit
