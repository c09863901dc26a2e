// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/faults.hpp"

#include <algorithm>
#include <tuple>

namespace dk::descriptor {
namespace {

constexpr std::size_t kShownBytes = 60;

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

std::string suggestion(std::string_view misspelt, const std::vector<std::string>& names) {
  const auto best = closest(misspelt, names);
  return best.empty() ? std::string() : fmt::format("did you mean '{}'? ", best);
}

}  // namespace dk::descriptor
