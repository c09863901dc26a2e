// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/row_parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace dk::storage {
namespace {

constexpr std::size_t kShownBytes = 40;
constexpr std::string_view kMissing[] = {"NA", "N/A", "NaN", "nan", "null", "NULL"};

bool is_space(char c) {
  return c == ' ' || c == '\t';
}

NumberKind kind_of(double value, float& number) {
  if (std::isnan(value)) return NumberKind::kMissing;
  if (std::isinf(value)) return NumberKind::kInfinite;
  if (std::abs(value) > std::numeric_limits<float>::max()) {
    // Up to half a step above the largest float rounds down to it.
    constexpr double kLimit = 0x1.ffffffp127;
    if (std::abs(value) >= kLimit) return NumberKind::kTooLarge;
  }
  number = static_cast<float>(value);
  return NumberKind::kFinite;
}

}  // namespace

NumberKind parse_number(std::string_view text, float& number) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  if (text.empty()) return NumberKind::kMissing;
  auto digits = text;
  if (digits.size() > 1 && digits[0] == '+' && digits[1] != '-') digits.remove_prefix(1);
  double value = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = end == digits.data() + digits.size();
  if (whole && code == std::errc::result_out_of_range) {
    value = std::strtod(std::string(digits).c_str(), nullptr);
    return std::isinf(value) ? NumberKind::kTooLarge : kind_of(value, number);
  }
  // from_chars also takes nan(...), which Python does not.
  if (whole && code == std::errc() && digits.back() != ')') return kind_of(value, number);
  const bool missing =
      std::find(std::begin(kMissing), std::end(kMissing), text) != std::end(kMissing);
  return missing ? NumberKind::kMissing : NumberKind::kText;
}

std::string shown(std::string_view text) {
  std::string out = "'";
  for (const char c : text.substr(0, kShownBytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + (text.size() > kShownBytes ? "...'" : "'");
}

}  // namespace dk::storage
