// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/last_words.hpp"

#include <algorithm>
#include <fstream>

namespace dk {
namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (end > 0) lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

std::string LastWords::joined() const {
  std::string text = reason;
  for (const auto& line : log) text += "\n" + line;
  return text;
}

LastWords LastWords::split(std::string_view text) {
  const auto end = std::min(text.find('\n'), text.size());
  LastWords words{std::string(text.substr(0, end))};
  text.remove_prefix(std::min(end + 1, text.size()));
  words.log = lines_of(text.substr(0, kMostBytes));
  if (words.log.size() > kMostLines) words.log.resize(kMostLines);
  return words;
}

std::vector<std::string> end_of_log(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) return {};
  const auto size = static_cast<std::streamoff>(in.tellg());
  const auto kept = std::min<std::streamoff>(size, LastWords::kMostBytes);
  std::string text(static_cast<std::size_t>(kept), '\0');
  in.seekg(size - kept);
  if (!in.read(text.data(), kept)) return {};
  // The first line of a part is half of one.
  if (kept < size) text.erase(0, std::min(text.find('\n'), text.size()));
  auto lines = lines_of(text);
  if (lines.size() > LastWords::kMostLines)
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(LastWords::kMostLines));
  return lines;
}

}  // namespace dk
