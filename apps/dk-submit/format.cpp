// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/format.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace dk::submit {
namespace {

constexpr const char* kMissing = "-";

}  // namespace

std::optional<double> number(const nlohmann::json& object, std::string_view key) {
  if (!object.is_object()) return {};
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return {};
  return found->get<double>();
}

std::string printable(std::string_view raw) {
  std::string clean(raw);
  for (char& c : clean) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return clean;
}

std::string text(const nlohmann::json& object, std::string_view key) {
  if (!object.is_object()) return kMissing;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return kMissing;
  return printable(found->get_ref<const std::string&>());
}

const nlohmann::json& member(const nlohmann::json& object, std::string_view key) {
  static const nlohmann::json kNone = nlohmann::json::object();
  if (!object.is_object()) return kNone;
  const auto found = object.find(key);
  return found != object.end() && found->is_structured() ? *found : kNone;
}

std::string list(const nlohmann::json& object, std::string_view key) {
  std::string result;
  for (const auto& item : member(object, key)) {
    if (!result.empty()) result += ", ";
    result += item.is_string()   ? printable(item.get_ref<const std::string&>())
              : item.is_number() ? item.dump()
                                 : kMissing;
  }
  return result;
}

std::string count(std::optional<double> value) {
  if (!value || !std::isfinite(*value)) return kMissing;
  std::string digits = fmt::format("{:.0f}", std::abs(*value));
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return *value <= -0.5 ? "-" + digits : digits;
}

std::string percent(std::optional<double> value, int digits) {
  if (!value || !std::isfinite(*value)) return kMissing;
  return fmt::format("{:.{}f}%", *value * 100, digits);
}

std::string decimal(std::optional<double> value) {
  return value ? fmt::format("{:#.4g}", *value) : kMissing;
}

std::string duration(std::optional<double> seconds) {
  if (!seconds || !std::isfinite(*seconds) || *seconds < 0) return kMissing;
  if (*seconds < 9.95) return fmt::format("{:.1f} s", *seconds);
  const auto whole = static_cast<std::uint64_t>(std::llround(std::min(*seconds, 1e12)));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} m {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} m", whole / 3600, whole % 3600 / 60);
}

std::string size_of_bytes(std::optional<double> bytes) {
  if (!bytes || !std::isfinite(*bytes)) return kMissing;
  constexpr std::array kUnits{"B", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  double value = *bytes;
  for (; value >= 1000 && unit + 1 < kUnits.size(); ++unit) value /= 1000;
  return fmt::format(fmt::runtime(unit == 0 ? "{:.0f} {}" : "{:.1f} {}"), value, kUnits[unit]);
}

std::string plural(std::optional<double> value, std::string_view noun) {
  return fmt::format("{} {}{}", count(value), noun, value == 1.0 ? "" : "s");
}

}  // namespace dk::submit
