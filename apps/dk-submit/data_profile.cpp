// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/data_profile.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

namespace dk::submit {
namespace {

using storage::Field;
using storage::Reader;

/// A column, or an array, and its floats in a row.
struct Part {
  ColumnProfile profile;
  std::size_t begin = 0;
  std::size_t size = 1;
  bool is_label = false;
  bool all_whole = true;
  bool too_many = false;  ///< Different values.
  double bar_width = 1;

  void observe(float value) {
    if (std::isnan(value)) {
      ++profile.missing;
      return;
    }
    const double number = value;
    if (profile.count == 0) profile.min = profile.max = number;
    profile.min = std::min(profile.min, number);
    profile.max = std::max(profile.max, number);
    const double away = number - profile.mean;
    profile.mean += away / static_cast<double>(++profile.count);
    profile.stddev += away * (number - profile.mean);  // the squares, until finish
    if (value != std::floor(value)) all_whole = false;
    if (!is_label || too_many || !all_whole) return;
    ++profile.classes[value];
    too_many = profile.classes.size() > ColumnProfile::kMostClasses;
  }

  void finish() {
    if (profile.count == 0) return;
    profile.type = !profile.texts.empty() ? "text" : all_whole ? "integer" : "float";
    profile.stddev = std::sqrt(profile.stddev / static_cast<double>(profile.count));
    if (!all_whole || too_many) profile.classes.clear();
    const double range = profile.max - profile.min;
    constexpr auto kBars = static_cast<double>(ColumnProfile::kBars);
    const bool few = all_whole && range < kBars;
    bar_width = few || range == 0 ? 1 : range / kBars;
    profile.histogram.resize(few ? static_cast<std::size_t>(range) + 1 : ColumnProfile::kBars);
  }

  void place(float value) {
    if (std::isnan(value)) return;
    const auto bar = static_cast<std::size_t>((value - profile.min) / bar_width);
    ++profile.histogram[std::min(bar, profile.histogram.size() - 1)];
  }
};

std::vector<Part> parts_of(const std::vector<Field>& fields, bool labels) {
  std::vector<Part> parts;
  std::size_t begin = 0;
  const auto add = [&](const Field& field, std::string name, std::vector<std::size_t> shape,
                       std::size_t size) {
    Part part;
    if (const auto texts = field.texts.find(name); texts != field.texts.end()) {
      part.profile.texts = texts->second;
    }
    part.profile.name = std::move(name);
    part.profile.shape = std::move(shape);
    part.begin = begin;
    part.size = size;
    part.is_label = labels;
    parts.push_back(std::move(part));
    begin += size;
  };
  for (const auto& field : fields) {
    if (field.columns.empty()) add(field, field.name, field.shape, field.size());
    for (const auto& column : field.columns) add(field, column, {}, 1);
  }
  return parts;
}

using TakeRows =
    std::function<void(std::size_t rows, const std::vector<float>& x, const std::vector<float>& y)>;

Result<void> for_all_rows(const Reader& reader, const TakeRows& take) {
  std::vector<float> x;
  std::vector<float> y;
  for (std::uint64_t first = 0; first < reader.rows();) {
    const auto rows = static_cast<std::size_t>(
        std::min<std::uint64_t>(reader.group_rows(), reader.rows() - first));
    x.resize(rows * reader.schema().feature_size());
    y.resize(rows * reader.schema().label_size());
    DK_TRY(reader.read(first, rows, x, y));
    take(rows, x, y);
    first += rows;
  }
  return {};
}

template <class Visit>
void visit_values(std::vector<Part>& parts, std::size_t rows, const std::vector<float>& values,
                  const Visit& visit) {
  const std::size_t width = values.size() / rows;
  for (auto& part : parts) {
    for (std::size_t row = 0; row < rows; ++row) {
      const float* from = values.data() + row * width + part.begin;
      for (std::size_t i = 0; i < part.size; ++i) visit(part, from[i]);
    }
  }
}

void keep_first(DataProfile& profile, std::size_t most, std::size_t rows,
                const std::vector<float>& x, const std::vector<float>& y) {
  const auto row_of = [&](const std::vector<float>& values, std::size_t row) {
    const auto width = static_cast<std::ptrdiff_t>(values.size() / rows);
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(row) * width;
    return std::vector<float>(begin, begin + width);
  };
  for (std::size_t row = 0; row < rows && profile.first_rows.size() < most; ++row) {
    profile.first_rows.emplace_back(row_of(x, row), row_of(y, row));
  }
}

std::vector<ColumnProfile> profiles_of(std::vector<Part>& parts) {
  std::vector<ColumnProfile> profiles;
  for (auto& part : parts) profiles.push_back(std::move(part.profile));
  return profiles;
}

}  // namespace

Result<DataProfile> profile(const Reader& reader, std::size_t first_rows) {
  DataProfile profile;
  profile.rows = reader.rows();
  profile.bytes = reader.features_are_bytes();
  profile.skipped = reader.skipped();
  auto features = parts_of(reader.schema().features, false);
  auto labels = parts_of(reader.schema().labels, true);
  const auto observe = [](Part& part, float value) { part.observe(value); };
  DK_TRY(for_all_rows(reader, [&](auto rows, const auto& x, const auto& y) {
    keep_first(profile, first_rows, rows, x, y);
    visit_values(features, rows, x, observe);
    visit_values(labels, rows, y, observe);
  }));
  for (auto& part : features) part.finish();
  for (auto& part : labels) part.finish();
  const auto place = [](Part& part, float value) { part.place(value); };
  DK_TRY(for_all_rows(reader, [&](auto rows, const auto& x, const auto& y) {
    visit_values(features, rows, x, place);
    visit_values(labels, rows, y, place);
  }));
  profile.features = profiles_of(features);
  profile.labels = profiles_of(labels);
  return profile;
}

}  // namespace dk::submit
