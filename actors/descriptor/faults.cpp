// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/faults.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <tuple>

namespace dk::descriptor {
namespace {

constexpr std::size_t kShownBytes = 60;
constexpr std::size_t kLongestName = 64;

/// Levenshtein's distance, without regard to case; `-` and `_` are the same.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  const auto folded = [](char c) {
    return c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  };
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (folded(a[i]) == folded(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

}  // namespace

void Faults::add(const Place& place, std::string message) {
  if (faults_.size() < 20 * kMaxLines) {
    faults_.push_back({place, std::move(message)});
  } else {
    ++dropped_;
  }
}

Error Faults::to_error() const {
  auto faults = faults_;
  std::stable_sort(faults.begin(), faults.end(), [](const Fault& a, const Fault& b) {
    return std::tie(a.place.line, a.place.column) < std::tie(b.place.line, b.place.column);
  });
  std::string text;
  const std::size_t shown = std::min(faults.size(), kMaxLines);
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& [place, message] = faults[i];
    if (i > 0) text += '\n';
    text += *place.source;
    if (place.line > 0) text += fmt::format(":{}:{}", place.line, place.column);
    text += ": " + message;
  }
  if (const std::size_t rest = faults.size() - shown + dropped_; rest > 0) {
    text += fmt::format("\n... and {} more faults", rest);
  }
  return {Errc::kInvalid, std::move(text)};
}

std::string in_single_quotes(std::string_view text) {
  std::size_t end = std::min(text.size(), kShownBytes);
  while (end < text.size() && end > 0 && continues_character(text[end])) --end;
  std::string result = "'";
  for (const char c : text.substr(0, end)) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x20 || code == 0x7F) {
      result += fmt::format("\\x{:02x}", code);
    } else {
      result += c;
    }
  }
  return result + (end < text.size() ? "...'" : "'");
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string suggestion(std::string_view misspelt, const std::vector<std::string>& names) {
  if (misspelt.size() > kLongestName) return {};
  const std::string* best = nullptr;
  std::size_t best_distance = std::max<std::size_t>(1, misspelt.size() / 3) + 1;
  for (const auto& name : names) {
    if (const auto distance = edit_distance(misspelt, name); distance < best_distance) {
      best_distance = distance;
      best = &name;
    }
  }
  return best == nullptr ? std::string() : fmt::format("did you mean '{}'? ", *best);
}

}  // namespace dk::descriptor
