// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/transforms/selection.hpp"

#include "base/did_you_mean.hpp"

#include <algorithm>

namespace dk::storage {
namespace {

const std::vector<Field>& fields_of(const Schema& schema, Side side) {
  return side == Side::kFeatures ? schema.features : schema.labels;
}

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

/// Of one side: which fields are chosen whole, and which columns of the others.
struct Chosen {
  std::vector<bool> fields;
  std::vector<std::pair<std::size_t, std::size_t>> columns;  ///< Field, place in it.

  explicit Chosen(std::size_t count) : fields(count, false) {}
  [[nodiscard]] bool any() const {
    return !columns.empty() || std::find(fields.begin(), fields.end(), true) != fields.end();
  }
};

std::size_t place_of(const std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? kNone : static_cast<std::size_t>(found - names.begin());
}

bool choose(const std::vector<Field>& fields, const std::string& name, Chosen& chosen) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name != name) continue;
    chosen.fields[i] = true;
    return true;
  }
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::size_t place = place_of(fields[i].columns, name);
    if (place == kNone) continue;
    chosen.columns.emplace_back(i, place);
    return true;
  }
  return false;
}

void add_names(const std::vector<Field>& fields, std::vector<std::string>& names) {
  for (const auto& field : fields) {
    names.push_back(field.name);
    names.insert(names.end(), field.columns.begin(), field.columns.end());
  }
}

void unknown_column(Arguments& arguments, const Schema& schema, const std::string& name) {
  constexpr std::size_t kMostListed = 20;
  std::vector<std::string> names;
  add_names(schema.features, names);
  add_names(schema.labels, names);
  names.insert(names.end(), {"features", "labels"});
  if (names.size() <= kMostListed) {
    arguments.problem(fmt::format("no column '{}'{}", name, did_you_mean(name, names)));
    return;
  }
  const auto near = closest(name, names);
  arguments.problem(near.empty() ? fmt::format("no column '{}' among {}", name, names.size() - 2)
                                 : fmt::format("no column '{}' (did you mean '{}'?)", name, near));
}

/// All must be of one side.
Chosen choose_columns(Arguments& arguments, const Schema& schema, Selection& selection) {
  Chosen features(schema.features.size());
  Chosen labels(schema.labels.size());
  for (const auto& name : selection.columns) {
    if (choose(schema.features, name, features) || choose(schema.labels, name, labels)) continue;
    if (name == "features") {
      features.fields.assign(features.fields.size(), true);
    } else if (name == "labels") {
      labels.fields.assign(labels.fields.size(), true);
    } else {
      unknown_column(arguments, schema, name);
      break;
    }
  }
  if (features.any() && labels.any()) {
    arguments.problem("columns names features and labels; allowed: one of the two");
  }
  selection.side = features.any() || !labels.any() ? Side::kFeatures : Side::kLabels;
  return features.any() ? features : labels;
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
  if (!field.columns.empty())
    return fmt::format("{} '{}'", kind, field.columns[at - starts[index]]);
  if (field.size() == 1) return fmt::format("{} '{}'", kind, field.name);
  return fmt::format("{} '{}'[{}]", kind, field.name, at - starts[index]);
}

const std::string& Selection::name(const Block& block) const {
  const auto& field = all[block.field];
  return block.whole ? field.name : field.columns[block.begin - starts_of(all)[block.field]];
}

nlohmann::json Selection::arguments() const {
  auto json = nlohmann::json::object();
  if (!columns.empty()) json["columns"] = columns;
  if (!output.empty()) json["output_col"] = output;
  return json;
}

Selection select(Arguments& arguments, const Schema& schema, Side otherwise, bool merges) {
  Selection selection;
  selection.side = otherwise;
  read_names(arguments, selection);
  Chosen chosen(fields_of(schema, otherwise).size());
  chosen.fields.assign(chosen.fields.size(), true);
  if (!selection.columns.empty()) chosen = choose_columns(arguments, schema, selection);
  selection.all = fields_of(schema, selection.side);
  const auto starts = starts_of(selection.all);
  selection.width = starts.back();
  std::sort(chosen.columns.begin(), chosen.columns.end());
  chosen.columns.erase(std::unique(chosen.columns.begin(), chosen.columns.end()),
                       chosen.columns.end());
  auto column = chosen.columns.begin();
  for (std::size_t i = 0; i < chosen.fields.size(); ++i) {
    if (chosen.fields[i]) selection.blocks.push_back({i, starts[i], starts[i + 1] - starts[i]});
    for (; column != chosen.columns.end() && column->first == i; ++column) {
      if (!chosen.fields[i]) selection.blocks.push_back({i, starts[i] + column->second, 1, false});
    }
  }
  for (const auto& block : selection.blocks) {
    for (std::size_t at = 0; at < block.size; ++at) selection.inputs.push_back(block.begin + at);
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

void keep(Layout& layout, std::size_t from, std::size_t to, std::size_t count) {
  if (!layout.kept.empty()) {
    auto& last = layout.kept.back();
    if (last.from + last.count == from && last.to + last.count == to) {
      last.count += count;
      return;
    }
  }
  layout.kept.push_back({from, to, count});
}

/// What a column became, among the others of its field.
void add_columns(const Field& outcome, std::vector<std::string>& names) {
  const std::size_t size = outcome.size();
  if (size == 1) names.push_back(outcome.name);
  for (std::size_t i = 0; size > 1 && i < size; ++i) {
    names.push_back(fmt::format("{}_{}", outcome.name, i));
  }
}

/// `become(i)`: what block i becomes; nothing: it goes.
template <class Become>
Layout replace(const Selection& selection, const Become& become) {
  Layout layout;
  const auto& blocks = selection.blocks;
  std::size_t from = 0;
  std::size_t block = 0;
  for (std::size_t i = 0; i < selection.all.size(); ++i) {
    const auto& field = selection.all[i];
    const bool chosen = block < blocks.size() && blocks[block].field == i;
    std::optional<Field> behind = field;
    if (chosen && blocks[block].whole) {
      layout.to.push_back(layout.width);
      behind = become(block++);
    } else if (!chosen) {
      keep(layout, from, layout.width, field.size());
    } else {
      std::vector<std::string> names;
      for (std::size_t at = 0; at < field.size(); ++at) {
        const std::size_t to = layout.width + names.size();
        if (block < blocks.size() && blocks[block].begin == from + at) {
          layout.to.push_back(to);
          if (const auto outcome = become(block++)) add_columns(*outcome, names);
        } else {
          keep(layout, from + at, to, 1);
          names.push_back(field.columns[at]);
        }
      }
      behind = names.empty() ? std::nullopt
                             : std::optional(Field{field.name, {names.size()}, names, field.texts});
    }
    if (behind) {
      layout.width += behind->size();
      layout.fields.push_back(std::move(*behind));
    }
    from += field.size();
  }
  return layout;
}

std::string new_name(const Selection& selection, std::size_t block) {
  return selection.output.empty() ? selection.name(selection.blocks[block]) : selection.output;
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
  for (const auto& block : selection_.blocks) name_behind(block) = selection_.output;
}

FieldTransform::FieldTransform(Selection selection, const Layout& layout)
    : selection_(std::move(selection)), fields_(layout.fields) {}

std::string& FieldTransform::name_behind(const Selection::Block& block) {
  auto& field = fields_[block.field];
  if (block.whole) return field.name;
  return field.columns[block.begin - starts_of(selection_.all)[block.field]];
}

}  // namespace dk::storage
