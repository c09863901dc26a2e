// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/scalars.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace dk::descriptor {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
constexpr std::array<Unit, 4> kUnits{{{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

/// Far above any limit, so that a product cannot overflow.
constexpr double kLongestMilliseconds = 1e15;

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 40;

std::string_view without_plus(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  return text;
}

/// YAML's words for what is not a finite number.
bool names_non_finite(std::string_view text) {
  text = without_plus(text);
  if (text.starts_with('-')) text.remove_prefix(1);
  return text == ".nan" || text == ".NaN" || text == ".NAN" || text == ".inf" || text == ".Inf" ||
         text == ".INF";
}

/// from_chars knows the words "nan" and "infinity", which are strings in YAML.
bool starts_like_number(std::string_view text) {
  return text.find_first_not_of("+-.0123456789eE") == std::string_view::npos &&
         text.find_first_of("0123456789") != std::string_view::npos;
}

template <class T>
std::from_chars_result parse(std::string_view text, T& value) {
  return std::from_chars(text.data(), text.data() + text.size(), value);
}

bool is_whole(const std::from_chars_result& result, std::string_view text) {
  return result.ptr == text.data() + text.size();
}

template <class T>
std::optional<T> parse_all(std::string_view text) {
  T value{};
  const auto result = parse(text, value);
  if (result.ec != std::errc() || !is_whole(result, text)) return std::nullopt;
  return value;
}

bool is_plain(const Node& node) {
  return node.kind == Node::Kind::kScalar && !node.in_quotes;
}

}  // namespace

std::optional<nlohmann::json> scalar_to_json(const Node& scalar) {
  if (scalar.in_quotes) return scalar.text;
  const auto text = without_plus(scalar.text);
  if (text == "true" || text == "false") return text == "true";
  if (names_non_finite(text)) return std::nullopt;
  if (!starts_like_number(text)) return scalar.text;
  // Unsigned first, as nlohmann's own parser does, which is_number_unsigned relies on.
  if (const auto value = parse_all<std::uint64_t>(text)) return *value;
  if (const auto value = parse_all<std::int64_t>(text)) return *value;
  double value = 0;
  const auto result = parse(text, value);
  if (!is_whole(result, text)) return scalar.text;
  if (result.ec != std::errc()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> to_whole_number(const Node& node) {
  if (!is_plain(node)) return std::nullopt;
  return parse_all<std::uint64_t>(without_plus(node.text));
}

std::optional<double> to_number(const Node& node) {
  if (!is_plain(node) || !starts_like_number(node.text)) return std::nullopt;
  return parse_all<double>(without_plus(node.text));
}

std::optional<std::chrono::milliseconds> to_duration(const Node& node) {
  if (node.kind != Node::Kind::kScalar) return std::nullopt;
  const std::string_view text = node.text;
  const auto digits = std::min(text.find_first_not_of("0123456789."), text.size());
  const auto count = parse_all<double>(text.substr(0, digits));
  if (!count) return std::nullopt;
  for (const auto& unit : kUnits) {
    if (text.substr(digits) != unit.name) continue;
    const double total =
        std::min(*count * static_cast<double>(unit.milliseconds), kLongestMilliseconds);
    return std::chrono::milliseconds(std::llround(total));
  }
  return std::nullopt;
}

std::optional<std::uint64_t> to_bytes(const Node& node) {
  if (node.kind != Node::Kind::kScalar) return std::nullopt;
  const auto unit_at = node.text.find_first_not_of("0123456789");
  Node digits = node;
  digits.text = node.text.substr(0, unit_at);
  const auto unit = unit_at == std::string::npos ? "" : node.text.substr(unit_at);
  // JSON has no other way to write a size with a unit.
  digits.in_quotes = node.in_quotes && unit.empty();
  const auto number = to_whole_number(digits);
  if (!number) return std::nullopt;
  const std::pair<std::string_view, std::uint64_t> units[] = {
      {"", 1},          {"kB", 1000},        {"MB", 1'000'000},  {"GB", 1'000'000'000},
      {"KiB", 1 << 10}, {"MiB", 1ULL << 20}, {"GiB", 1ULL << 30}};
  for (const auto& [name, factor] : units) {
    if (unit == name && *number <= kMostBytes / factor) return *number * factor;
  }
  return std::nullopt;
}

std::string duration_text(std::chrono::milliseconds duration) {
  for (const auto& unit : kUnits) {
    if (duration.count() % unit.milliseconds == 0) {
      return fmt::format("{}{}", duration.count() / unit.milliseconds, unit.name);
    }
  }
  return {};
}

}  // namespace dk::descriptor
