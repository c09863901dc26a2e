// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/did_you_mean.hpp"
#include "model/keras/stored_weights.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

namespace dk::model {
namespace {

/// What each variable of a model gets, by its number in the layout.
using Found = std::map<std::size_t, const Weight*>;

std::string names_of(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 8;
  if (names.empty()) return "none";
  if (names.size() <= kMost) return listed(names);
  const std::vector<std::string> first(names.begin(), names.begin() + kMost);
  return listed(first) + ", ...";
}

class Matcher {
 public:
  Matcher(const StoredWeights& stored, const Model& model)
      : stored_(stored), model_(model), variables_(model.layout().variables()) {}

  Result<Found> find();

 private:
  Result<void> by_layers();
  Result<void> layer(const StoredWeights::Group& group, const LayerVariables& expected);
  Result<void> by_paths();
  Result<void> by_list();
  Result<void> take(const std::string& where, std::span<const Weight> weights,
                    std::span<const std::size_t> variables);

  const StoredWeights& stored_;
  const Model& model_;
  std::span<const Variable> variables_;
  std::vector<std::vector<Weight>> converted_;
  Found found_;
};

Result<Found> Matcher::find() {
  switch (stored_.kind) {
    case StoredWeights::Kind::kLayers:
      DK_TRY(by_layers());
      break;
    case StoredWeights::Kind::kPaths:
      DK_TRY(by_paths());
      break;
    default:
      DK_TRY(by_list());
      break;
  }
  return std::move(found_);
}

Result<void> Matcher::take(const std::string& where, std::span<const Weight> weights,
                           std::span<const std::size_t> variables) {
  if (weights.size() != variables.size()) {
    std::vector<std::string> names;
    for (const auto index : variables) names.push_back(variables_[index].path());
    return fail(Errc::kInvalid, "{}: {} has {} weights; the model's layer has {}: {}",
                stored_.source, where, weights.size(), variables.size(), names_of(names));
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const Variable& variable = variables_[variables[i]];
    if (weights[i].shape != variable.shape) {
      return fail(Errc::kInvalid, "{}: {}: '{}' has shape {}; the model's {} has {}",
                  stored_.source, where, weights[i].name, to_string(weights[i].shape),
                  variable.path(), to_string(variable.shape));
    }
  }
  for (std::size_t i = 0; i < weights.size(); ++i) found_[variables[i]] = &weights[i];
  return {};
}

Result<void> Matcher::by_layers() {
  const auto all = variables_by_layer(model_.architecture(), model_.layout(), model_.keras_order());
  std::vector<const LayerVariables*> expected;
  std::vector<std::string> expected_names;
  std::map<std::string_view, const StoredWeights::Group*> by_name;
  for (const auto& layer : all) {
    if (layer.variables.empty()) continue;
    expected.push_back(&layer);
    expected_names.push_back(layer.layer->name);
  }
  std::vector<std::string> names;
  for (const auto& group : stored_.groups) {
    names.push_back(group.name);
    by_name[group.name] = &group;
  }
  if (names.size() != expected.size()) {
    return fail(Errc::kInvalid, "{}: weights of {} layers ({}); the model has {} ({})",
                stored_.source, names.size(), names_of(names), expected.size(),
                names_of(expected_names));
  }
  // Keras goes by the order; the same names in another order can only be meant by name.
  const bool same_names =
      std::all_of(expected_names.begin(), expected_names.end(),
                  [&](const std::string& name) { return by_name.contains(name); });
  converted_.reserve(expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    DK_TRY(layer(same_names ? *by_name[expected_names[i]] : stored_.groups[i], *expected[i]));
  }
  return {};
}

Result<void> Matcher::layer(const StoredWeights::Group& group, const LayerVariables& expected) {
  const auto where =
      group.name == expected.layer->name
          ? fmt::format("layer '{}'", group.name)
          : fmt::format("layer '{}' (the model's '{}')", group.name, expected.layer->name);
  const std::vector<Weight>* weights = &group.weights;
  if (stored_.keras_1 || stored_.theano) {
    converted_.push_back(group.weights);
    convert_weights(*expected.layer, stored_.keras_1, stored_.theano, converted_.back());
    weights = &converted_.back();
  }
  std::span<const Weight> used = *weights;
  // Keras 2 counts the batches that Normalization has seen, which nothing reads.
  if (expected.layer->class_name == "Normalization" && used.size() == 3 &&
      expected.variables.size() == 2) {
    used = used.first(2);
  }
  auto taken = take(where, used, expected.variables);
  if (taken) return taken;
  // Before Keras 2.2 nested models kept their weights layer by layer.
  auto variables = expected.variables;
  const auto order = model_.keras_order();
  const auto place = [&](std::size_t index) {
    return std::find(order.begin(), order.end(), index);
  };
  std::sort(variables.begin(), variables.end(),
            [&](std::size_t a, std::size_t b) { return place(a) < place(b); });
  if (variables != expected.variables && take(where, used, variables)) return {};
  return taken;
}

/// Keras' older names of the same places.
std::vector<std::string> spellings(const std::string& path) {
  std::vector<std::string> all{path};
  const auto replace = [](std::string text, std::string_view from, std::string_view to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
      text.replace(at, from.size(), to);
    }
    return text;
  };
  all.push_back("_layer_checkpoint_dependencies" +
                replace(path, "/layers/", "/_layer_checkpoint_dependencies/").substr(6));
  // Attributes that became public later: `_query_dense`.
  const auto slash = path.rfind('/');
  const auto last = path.substr(slash + 1);
  if (last.starts_with('_')) all.push_back(path.substr(0, slash + 1) + last.substr(1));
  if (!last.starts_with('_')) all.push_back(path.substr(0, slash + 1) + "_" + last);
  return all;
}

Result<void> Matcher::by_paths() {
  std::map<std::string_view, const StoredWeights::Group*> groups;
  for (const auto& group : stored_.groups) groups[group.name] = &group;
  std::map<std::string, std::vector<std::size_t>> expected;
  for (const auto& path :
       keras_paths(model_.architecture(), model_.layout(), model_.keras_order())) {
    expected[path.group].push_back(path.variable);
  }
  for (const auto& [path, variables] : expected) {
    const StoredWeights::Group* group = nullptr;
    for (const auto& spelling : spellings(path)) {
      const auto place = groups.find(spelling);
      if (place == groups.end()) continue;
      group = place->second;
      groups.erase(place);
      break;
    }
    if (group == nullptr) {
      return fail(Errc::kInvalid, "{}: there are no weights '{}/vars' for {}", stored_.source, path,
                  variables_[variables.front()].path());
    }
    std::span<const Weight> used = group->weights;
    DK_TRY(take(fmt::format("'{}/vars'", group->name), used, variables));
  }
  for (const auto& [path, group] : groups) {
    if (path.ends_with("seed_generator") || group->weights.empty()) continue;
    return fail(Errc::kInvalid, "{}: the model has no layer for the weights '{}/vars'",
                stored_.source, path);
  }
  return {};
}

Result<void> Matcher::by_list() {
  std::span<const Weight> weights;
  if (!stored_.groups.empty()) weights = stored_.groups.front().weights;
  std::map<std::string_view, const Weight*> named;
  for (const Weight& weight : weights) named[weight.name] = &weight;
  const bool by_name = weights.size() == variables_.size() &&
                       std::all_of(variables_.begin(), variables_.end(),
                                   [&](const Variable& v) { return named.contains(v.path()); });
  if (!by_name) return take("the list", weights, model_.keras_order());
  for (std::size_t i = 0; i < variables_.size(); ++i) {
    const Weight* weight = named[variables_[i].path()];
    DK_TRY(take("the list", std::span(weight, 1), std::span(&i, 1)));
  }
  return {};
}

Result<void> load_flat(const StoredWeights& stored, Model& model) {
  const auto& values = stored.groups.front().weights.front().values;
  const auto parameters = model.parameters();
  if (values.size() != parameters.size()) {
    return fail(Errc::kInvalid, "{}: {} weights; the model has {}", stored.source, values.size(),
                parameters.size());
  }
  std::copy(values.begin(), values.end(), parameters.begin());
  return {};
}

}  // namespace

Result<void> load_weights(const StoredWeights& stored, Model& model) {
  if (stored.kind == StoredWeights::Kind::kFlat) return load_flat(stored, model);
  Matcher matcher(stored, model);
  DK_TRY_ASSIGN(const auto found, matcher.find());
  for (const auto& [index, weight] : found) {
    const auto offset = static_cast<std::ptrdiff_t>(model.layout().variables()[index].offset);
    std::copy(weight->values.begin(), weight->values.end(), model.parameters().begin() + offset);
  }
  return {};
}

}  // namespace dk::model
