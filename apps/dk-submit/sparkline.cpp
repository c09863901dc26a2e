// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/sparkline.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <string_view>

namespace dk::submit {

std::string sparkline(const std::vector<double>& values, bool utf8) {
  static constexpr std::array<const char*, 8> kBlocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  static constexpr std::array<const char*, 8> kAscii{"_", ".", ",", "-", "=", "+", "*", "#"};
  if (values.empty()) return {};
  const auto [least, greatest] = std::ranges::minmax(values);
  const double range = greatest - least;
  std::string line;
  for (const double value : values) {
    const double share = range > 0 ? (value - least) / range : 0;
    const auto height = static_cast<std::size_t>(std::lround(share * 7));
    line += (utf8 ? kBlocks : kAscii)[height];
  }
  return line;
}

bool terminal_has_utf8() {
  for (const auto* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const std::string_view text = value;
    return text.find("UTF-8") != std::string_view::npos ||
           text.find("utf8") != std::string_view::npos;
  }
  return false;
}

}  // namespace dk::submit
