// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/constraints/constraint.hpp"

#include "base/check.hpp"
#include "model/config_reader.hpp"
#include "model/constraints/scale_norms.hpp"
#include "model/keras_object.hpp"

namespace dk::model {
namespace {

using Kind = Constraint::Kind;

constexpr double kLargest = 1e30;
constexpr std::size_t kMaxRank = 8;

struct Entry {
  Kind kind;
  const char* name;
  const char* class_name;
};

constexpr Entry kConstraints[] = {{Kind::kMaxNorm, "max_norm", "MaxNorm"},
                                  {Kind::kMinMaxNorm, "min_max_norm", "MinMaxNorm"},
                                  {Kind::kNonNeg, "non_neg", "NonNeg"},
                                  {Kind::kUnitNorm, "unit_norm", "UnitNorm"}};

void read_axes(ConfigReader& reader, Constraint& constraint) {
  const nlohmann::json* axis = reader.find("axis");
  if (axis == nullptr) return;
  constraint.one_axis = !axis->is_array();
  const nlohmann::json list = axis->is_array() ? *axis : nlohmann::json::array({*axis});
  constraint.axes.clear();
  for (const nlohmann::json& entry : list) {
    const double number = entry.is_number_integer() ? entry.get<double>() : kLargest;
    constexpr double kLimit = kMaxRank;
    if (!(number >= -kLimit && number < kLimit)) {
      reader.problem(
          fmt::format("axis has {}; it must be a whole number in [-{}, {}), or a list "
                      "of those",
                      show(entry), kMaxRank, kMaxRank));
      return;
    }
    constraint.axes.push_back(static_cast<int>(number));
  }
  if (constraint.axes.empty()) reader.problem("axis is []; it must name an axis");
}

void read_arguments(ConfigReader& reader, Constraint& constraint) {
  if (constraint.kind == Kind::kNonNeg) return;
  if (constraint.kind == Kind::kMaxNorm) {
    constraint.max_value = reader.number("max_value", 2, 0, kLargest);
  }
  if (constraint.kind == Kind::kMinMaxNorm) {
    constraint.min_value = reader.number("min_value", 0, 0, kLargest);
    constraint.max_value = reader.number("max_value", 1, 0, kLargest);
    constraint.rate = reader.number("rate", 1, 0, kLargest);
    if (constraint.min_value > constraint.max_value) {
      reader.problem(fmt::format("min_value {} is above max_value {}", constraint.min_value,
                                 constraint.max_value));
    }
  }
  read_axes(reader, constraint);
}

std::size_t position(int axis, std::size_t rank) {
  return axis < 0 ? rank - static_cast<std::size_t>(-axis) : static_cast<std::size_t>(axis);
}

NormRule rule(const Constraint& constraint) {
  switch (constraint.kind) {
    case Kind::kUnitNorm:
      return {1, 1, 1};
    case Kind::kMaxNorm:
      return {0, static_cast<float>(constraint.max_value), 1};
    default:
      return {static_cast<float>(constraint.min_value), static_cast<float>(constraint.max_value),
              static_cast<float>(constraint.rate)};
  }
}

}  // namespace

void Constraint::apply(std::span<float> values, const Shape& shape) const {
  if (kind == Kind::kNonNeg) {
    for (float& value : values) value = value < 0 ? 0 : value;
    return;
  }
  DK_CHECK(shape.size() <= kMaxRank, "the constraint was not checked");
  bool summed[kMaxRank] = {};
  for (const int axis : axes) summed[position(axis, shape.size())] = true;
  scale_norms(values, shape, summed, rule(*this));
}

Result<Constraint> parse_constraint(const nlohmann::json& json) {
  const auto known = known_constraints();
  DK_TRY_ASSIGN(const KerasObject object, read_keras_object(json, "constraint", known));
  for (const Entry& entry : kConstraints) {
    if (!same_name(entry.name, object.name)) continue;
    Constraint constraint;
    constraint.kind = entry.kind;
    ConfigReader reader(object.config, entry.class_name);
    read_arguments(reader, constraint);
    DK_TRY(reader.finish());
    return constraint;
  }
  return unknown_name("constraint", object.name, known);
}

Result<void> check_constraint(const Constraint& constraint, const Shape& shape) {
  if (constraint.kind == Kind::kNonNeg) return {};
  const auto rank = static_cast<int>(shape.size());
  for (const int axis : constraint.axes) {
    if (axis >= -rank && axis < rank && shape.size() <= kMaxRank) continue;
    return fail(Errc::kInvalid, "the constraint's axis {} is not one of the shape {}", axis,
                to_string(shape));
  }
  return {};
}

nlohmann::json to_json(const Constraint& constraint) {
  nlohmann::json config = nlohmann::json::object();
  if (constraint.kind == Kind::kMinMaxNorm) {
    config["min_value"] = constraint.min_value;
    config["rate"] = constraint.rate;
  }
  if (constraint.kind == Kind::kMinMaxNorm || constraint.kind == Kind::kMaxNorm) {
    config["max_value"] = constraint.max_value;
  }
  if (constraint.kind != Kind::kNonNeg) {
    config["axis"] = constraint.one_axis ? nlohmann::json(constraint.axes.front())
                                         : nlohmann::json(constraint.axes);
  }
  const char* class_name = "";
  for (const Entry& entry : kConstraints) {
    if (entry.kind == constraint.kind) class_name = entry.class_name;
  }
  return {{"class_name", class_name}, {"config", std::move(config)}};
}

std::vector<std::string> known_constraints() {
  std::vector<std::string> names;
  for (const Entry& entry : kConstraints) names.emplace_back(entry.name);
  return names;
}

}  // namespace dk::model
