// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/did_you_mean.hpp"
#include "storage/data/transforms/binary_label.hpp"
#include "storage/data/transforms/clip.hpp"
#include "storage/data/transforms/dense.hpp"
#include "storage/data/transforms/hash.hpp"
#include "storage/data/transforms/impute.hpp"
#include "storage/data/transforms/label_index.hpp"
#include "storage/data/transforms/min_max.hpp"
#include "storage/data/transforms/one_hot.hpp"
#include "storage/data/transforms/reshape.hpp"
#include "storage/data/transforms/scale.hpp"
#include "storage/data/transforms/standard.hpp"
#include "storage/data/transforms/transform.hpp"

#include <map>

namespace dk::storage {
namespace {

using Factory = Result<std::unique_ptr<Transform>> (*)(const nlohmann::json&, const Schema&);

const std::map<std::string, Factory, std::less<>>& factories() {
  static const std::map<std::string, Factory, std::less<>> all = {
      {"binary_label", make_binary_label},
      {"clip", make_clip},
      {"dense", make_dense},
      {"hash", make_hash},
      {"impute", make_impute},
      {"label_index", make_label_index},
      {"min_max", make_min_max},
      {"one_hot", make_one_hot},
      {"reshape", make_reshape},
      {"scale", make_scale},
      {"standard", make_standard},
  };
  return all;
}

}  // namespace

const std::vector<std::string>& known_transforms() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& [name, factory] : factories()) all.push_back(name);
    return all;
  }();
  return names;
}

Result<std::unique_ptr<Transform>> make_transform(std::string_view name,
                                                  const nlohmann::json& arguments,
                                                  const Schema& schema) {
  const auto found = factories().find(name);
  if (found == factories().end()) {
    return fail(Errc::kInvalid, "transform '{}' is not known{}", name,
                did_you_mean(name, known_transforms()));
  }
  return found->second(arguments, schema);
}

}  // namespace dk::storage
