// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/transforms/selection.hpp"

#include "base/did_you_mean.hpp"

#include <algorithm>

namespace dk::storage {
namespace {

const std::vector<Field>& fields_of(const Schema& schema, Side side) {
  return side == Side::kFeatures ? schema.features : schema.labels;
}

void choose_all(Selection& selection, const Schema& schema, Side side, std::vector<bool>& chosen) {
  selection.side = side;
  chosen.assign(fields_of(schema, side).size(), true);
}

bool choose(const std::vector<Field>& fields, const std::string& name, std::vector<bool>& chosen) {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const Field& field) { return field.name == name; });
  if (found == fields.end()) return false;
  chosen.resize(fields.size());
  chosen[static_cast<std::size_t>(found - fields.begin())] = true;
  return true;
}

void unknown_column(Arguments& arguments, const Schema& schema, const std::string& name) {
  constexpr std::size_t kMostListed = 20;
  std::vector<std::string> names;
  for (const auto& field : schema.features) names.push_back(field.name);
  for (const auto& field : schema.labels) names.push_back(field.name);
  names.insert(names.end(), {"features", "labels"});
  if (names.size() <= kMostListed) {
    arguments.problem(fmt::format("no column '{}'{}", name, did_you_mean(name, names)));
    return;
  }
  const auto near = closest(name, names);
  arguments.problem(near.empty() ? fmt::format("no column '{}' among {}", name, names.size() - 2)
                                 : fmt::format("no column '{}' (did you mean '{}'?)", name, near));
}

/// Which fields; all must be of one side.
std::vector<bool> choose_columns(Arguments& arguments, const Schema& schema, Selection& selection) {
  std::vector<bool> features;
  std::vector<bool> labels;
  for (const auto& name : selection.columns) {
    if (choose(schema.features, name, features) || choose(schema.labels, name, labels)) continue;
    if (name == "features") {
      choose_all(selection, schema, Side::kFeatures, features);
    } else if (name == "labels") {
      choose_all(selection, schema, Side::kLabels, labels);
    } else {
      unknown_column(arguments, schema, name);
      return {};
    }
  }
  if (!features.empty() && !labels.empty()) {
    arguments.problem("columns names features and labels; allowed: one of the two");
  }
  selection.side = features.empty() ? Side::kLabels : Side::kFeatures;
  return features.empty() ? labels : features;
}

void read_names(Arguments& arguments, Selection& selection) {
  for (const auto* key : {"columns", "input_col", "input_column"}) {
    auto names = arguments.texts(key);
    if (names.empty()) continue;
    if (!selection.columns.empty()) {
      arguments.problem(fmt::format("{} stands beside another name for the columns", key));
    }
    selection.columns = std::move(names);
  }
  for (const auto* key : {"output_col", "output_column"}) {
    const auto names = arguments.texts(key);
    if (names.empty()) continue;
    if (names.size() > 1 || !selection.output.empty()) {
      arguments.problem(fmt::format("{}: only one name is allowed", key));
    }
    selection.output = names.front();
  }
}

std::vector<std::size_t> starts_of(const std::vector<Field>& fields) {
  std::vector<std::size_t> starts{0};
  for (const auto& field : fields) starts.push_back(starts.back() + field.size());
  return starts;
}

}  // namespace

std::string Selection::name(std::size_t at) const {
  const char* kind = side == Side::kFeatures ? "feature" : "label";
  const auto starts = starts_of(all);
  const auto next = std::upper_bound(starts.begin(), starts.end(), at);
  const auto index = static_cast<std::size_t>(next - starts.begin()) - 1;
  const auto& field = all.at(index);
  if (field.size() == 1) return fmt::format("{} '{}'", kind, field.name);
  return fmt::format("{} '{}'[{}]", kind, field.name, at - starts[index]);
}

nlohmann::json Selection::arguments() const {
  auto json = nlohmann::json::object();
  if (!columns.empty()) json["columns"] = columns;
  if (!output.empty()) json["output_col"] = output;
  return json;
}

Selection select(Arguments& arguments, const Schema& schema, Side otherwise, bool merges) {
  Selection selection;
  read_names(arguments, selection);
  std::vector<bool> chosen;
  if (selection.columns.empty()) {
    choose_all(selection, schema, otherwise, chosen);
  } else {
    chosen = choose_columns(arguments, schema, selection);
  }
  selection.all = fields_of(schema, selection.side);
  const auto starts = starts_of(selection.all);
  selection.width = starts.back();
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (!chosen[i]) continue;
    selection.blocks.push_back({i, starts[i], starts[i + 1] - starts[i]});
    for (std::size_t at = starts[i]; at < starts[i + 1]; ++at) selection.inputs.push_back(at);
  }
  if (selection.inputs.empty()) {
    const bool features = selection.side == Side::kFeatures;
    arguments.problem(features ? "the data have no features" : "the data have no labels");
  }
  if (!merges && !selection.output.empty() && selection.blocks.size() > 1) {
    arguments.problem(
        fmt::format("output_col is one name for {} columns", selection.blocks.size()));
  }
  return selection;
}

void Layout::copy_kept(std::size_t rows, std::size_t width_in, std::span<const float> in,
                       std::span<float> out) const {
  for (const auto& copy : kept) {
    const float* from = in.data() + copy.from;
    float* target = out.data() + copy.to;
    for (std::size_t row = 0; row < rows; ++row) {
      std::copy_n(from + row * width_in, copy.count, target + row * width);
    }
  }
}

namespace {

void add(Layout& layout, Field field) {
  layout.width += field.size();
  layout.fields.push_back(std::move(field));
}

void keep(Layout& layout, std::size_t from, std::size_t count) {
  if (!layout.kept.empty()) {
    auto& last = layout.kept.back();
    if (last.from + last.count == from && last.to + last.count == layout.width) {
      last.count += count;
      return;
    }
  }
  layout.kept.push_back({from, layout.width, count});
}

/// `become(i)`: what block i becomes; nothing: it goes.
template <class Become>
Layout replace(const Selection& selection, const Become& become) {
  Layout layout;
  std::size_t from = 0;
  std::size_t block = 0;
  for (std::size_t i = 0; i < selection.all.size(); ++i) {
    const auto& field = selection.all[i];
    if (block < selection.blocks.size() && selection.blocks[block].field == i) {
      layout.to.push_back(layout.width);
      if (auto other = become(block)) add(layout, std::move(*other));
      ++block;
    } else {
      keep(layout, from, field.size());
      add(layout, field);
    }
    from += field.size();
  }
  return layout;
}

std::string new_name(const Selection& selection, std::size_t block) {
  if (!selection.output.empty()) return selection.output;
  return selection.all[selection.blocks[block].field].name;
}

}  // namespace

Layout replace_each(const Selection& selection, std::span<const std::vector<std::size_t>> shapes) {
  return replace(selection, [&](std::size_t block) {
    return std::optional(Field{new_name(selection, block), shapes[block]});
  });
}

Layout replace_all(const Selection& selection, std::vector<std::size_t> shape) {
  return replace(selection, [&](std::size_t block) {
    return block > 0 ? std::nullopt : std::optional(Field{new_name(selection, 0), shape});
  });
}

FieldTransform::FieldTransform(Selection selection)
    : selection_(std::move(selection)), fields_(selection_.all) {
  if (selection_.output.empty()) return;
  for (const auto& block : selection_.blocks) fields_[block.field].name = selection_.output;
}

FieldTransform::FieldTransform(Selection selection, const Layout& layout)
    : selection_(std::move(selection)), fields_(layout.fields) {}

}  // namespace dk::storage
