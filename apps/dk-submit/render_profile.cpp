// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/render_profile.hpp"

#include "apps/dk-submit/format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

namespace dk::submit {
namespace {

constexpr std::size_t kMostColumns = 40;
constexpr std::size_t kMostListedClasses = 20;
constexpr std::size_t kMostValues = 12;
constexpr std::size_t kLongestName = 32;
constexpr std::size_t kBarWidth = 30;

constexpr std::array<const char*, 9> kBlocks = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<const char*, 9> kSigns = {" ", ".", ":", "-", "=", "+", "*", "%", "#"};

std::string histogram(const ColumnProfile& column, bool unicode) {
  const auto most = *std::max_element(column.histogram.begin(), column.histogram.end());
  std::string bars;
  for (const auto count : column.histogram) {
    // What is there at all is seen.
    const auto height = most == 0 ? 0 : (count * 8 + most - 1) / most;
    bars += (unicode ? kBlocks : kSigns)[height];
  }
  return bars;
}

std::string short_name(const std::string& name) {
  auto shown = printable(name);
  if (shown.size() > kLongestName) shown = shown.substr(0, kLongestName - 2) + "..";
  return shown;
}

std::string shape_of(const ColumnProfile& column) {
  std::string text;
  for (const auto side : column.shape) fmt::format_to(std::back_inserter(text), " x {}", side);
  return text.empty() ? "" : " [" + text.substr(3) + "]";
}

/// Six digits, none wasted: 0.5, 255, 1.23457e+08.
std::string short_number(double value) {
  return fmt::format("{:.6g}", value);
}

/// The value, or the text that it stands for.
std::string value_name(const ColumnProfile& column, float value) {
  const auto place = static_cast<std::size_t>(value);
  return place < column.texts.size() ? short_name(column.texts[place])
                                     : short_number(static_cast<double>(value));
}

void add_columns(std::string& out, const std::vector<ColumnProfile>& columns,
                 const ProfileStyle& style) {
  const auto shown = style.all ? columns.size() : std::min(columns.size(), kMostColumns);
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& column = columns[i];
    const auto name = short_name(column.name) + shape_of(column);
    if (column.count == 0) {
      fmt::format_to(std::back_inserter(out), "  {:24} no values, {} missing\n", name,
                     column.missing);
      continue;
    }
    if (!column.texts.empty()) {
      fmt::format_to(std::back_inserter(out), "  {:24} {:8}{:>48}{:>9}  {}\n", name, column.type,
                     plural(static_cast<double>(column.texts.size()), "different text"),
                     column.missing, histogram(column, style.unicode));
      continue;
    }
    fmt::format_to(std::back_inserter(out), "  {:24} {:8}{:>12}{:>12}{:>12}{:>12}{:>9}  {}\n", name,
                   column.type, short_number(column.min), short_number(column.max),
                   short_number(column.mean), short_number(column.stddev), column.missing,
                   histogram(column, style.unicode));
  }
  if (shown < columns.size()) {
    fmt::format_to(std::back_inserter(out), "  ... and {} more; --all shows them\n",
                   columns.size() - shown);
  }
}

void add_classes(std::string& out, const ColumnProfile& label, const ProfileStyle& style) {
  if (label.classes.empty()) return;
  fmt::format_to(std::back_inserter(out), "\n{} of {}:\n",
                 plural(static_cast<double>(label.classes.size()), "value"),
                 short_name(label.name));
  std::uint64_t most = 1;
  for (const auto& [value, count] : label.classes) most = std::max(most, count);
  std::size_t shown = 0;
  for (const auto& [value, count] : label.classes) {
    if (!style.all && shown++ == kMostListedClasses) {
      fmt::format_to(std::back_inserter(out), "  ... and {} more; --all shows them\n",
                     label.classes.size() - kMostListedClasses);
      return;
    }
    std::string bar;
    const auto width = (count * kBarWidth + most - 1) / most;
    for (std::uint64_t i = 0; i < width; ++i) bar += style.unicode ? kBlocks.back() : "#";
    const double share = static_cast<double>(count) / static_cast<double>(label.count);
    fmt::format_to(std::back_inserter(out), "  {:>8} {:>12} {:>7}  {}\n", value_name(label, value),
                   submit::count(static_cast<double>(count)), percent(share, 1), bar);
  }
}

std::string some_of(const std::vector<float>& values) {
  std::string text;
  for (std::size_t i = 0; i < std::min(values.size(), kMostValues); ++i) {
    fmt::format_to(std::back_inserter(text), "{}{}", i == 0 ? "" : " ",
                   short_number(static_cast<double>(values[i])));
  }
  if (values.size() > kMostValues) text += " ...";
  return text;
}

nlohmann::json numbers_of(const std::vector<float>& values) {
  auto json = nlohmann::json::array();
  for (const float value : values) {
    json.push_back(std::isnan(value) ? nlohmann::json() : nlohmann::json(value));
  }
  return json;
}

nlohmann::json column_json(const ColumnProfile& column) {
  nlohmann::json json = {{"name", column.name},
                         {"shape", column.shape},
                         {"type", nullptr},
                         {"count", column.count},
                         {"missing", column.missing},
                         {"min", nullptr},
                         {"max", nullptr},
                         {"mean", nullptr},
                         {"stddev", nullptr},
                         {"histogram", column.histogram}};
  if (column.count > 0) {
    json["type"] = column.type;
    json["min"] = column.min;
    json["max"] = column.max;
    json["mean"] = column.mean;
    json["stddev"] = column.stddev;
  }
  auto classes = nlohmann::json::array();
  for (const auto& [value, count] : column.classes) {
    classes.push_back({{"value", value}, {"count", count}});
    if (!column.texts.empty()) {
      classes.back()["text"] = column.texts[static_cast<std::size_t>(value)];
    }
  }
  if (!classes.empty()) json["classes"] = std::move(classes);
  return json;
}

}  // namespace

std::string render_profile(const DataProfile& profile, const std::string& source,
                           const ProfileStyle& style) {
  auto out = fmt::format("{}: {}, {}{}, {}\n", printable(source),
                         plural(static_cast<double>(profile.rows), "row"),
                         plural(static_cast<double>(profile.features.size()), "feature column"),
                         profile.bytes ? " of bytes" : "",
                         plural(static_cast<double>(profile.labels.size()), "label column"));
  if (profile.skipped.count > 0) {
    fmt::format_to(std::back_inserter(out), "{} skipped, the first of them:\n",
                   plural(static_cast<double>(profile.skipped.count), "bad row"));
    for (const auto& fault : profile.skipped.faults) out += "  " + printable(fault) + "\n";
  }
  fmt::format_to(std::back_inserter(out), "\n  {:24} {:8}{:>12}{:>12}{:>12}{:>12}{:>9}  {}\n",
                 "features", "type", "min", "max", "mean", "stddev", "missing", "histogram");
  add_columns(out, profile.features, style);
  if (!profile.labels.empty()) out += "  labels\n";
  add_columns(out, profile.labels, style);
  for (const auto& label : profile.labels) add_classes(out, label, style);
  if (!profile.first_rows.empty()) out += "\nfirst rows:\n";
  for (std::size_t i = 0; i < profile.first_rows.size(); ++i) {
    const auto& [x, y] = profile.first_rows[i];
    fmt::format_to(std::back_inserter(out), "  {}: {}{}{}\n", i, some_of(x),
                   y.empty() ? "" : " -> ", some_of(y));
  }
  return out;
}

nlohmann::json profile_json(const DataProfile& profile, const std::string& source) {
  nlohmann::json json = {{"source", source},
                         {"rows", profile.rows},
                         {"bytes", profile.bytes},
                         {"skipped", profile.skipped.count},
                         {"features", nlohmann::json::array()},
                         {"labels", nlohmann::json::array()},
                         {"first_rows", nlohmann::json::array()}};
  for (const auto& column : profile.features) json["features"].push_back(column_json(column));
  for (const auto& column : profile.labels) json["labels"].push_back(column_json(column));
  for (const auto& [x, y] : profile.first_rows) {
    json["first_rows"].push_back({{"features", numbers_of(x)}, {"labels", numbers_of(y)}});
  }
  return json;
}

}  // namespace dk::submit
