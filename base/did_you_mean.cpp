// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/did_you_mean.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <vector>

namespace dk {
namespace {

constexpr std::size_t kLongestWord = 64;

char folded(char c) {
  return c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t change = diagonal + (folded(a[i]) == folded(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, change});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view closest(std::string_view word, std::span<const std::string> choices) {
  if (word.size() > kLongestWord) return {};
  std::string_view best;
  // At most a third of the letters may be wrong, or every short word resembles every other.
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const auto& choice : choices) {
    if (const std::size_t distance = edit_distance(word, choice); distance < best_distance) {
      best = choice;
      best_distance = distance;
    }
  }
  return best;
}

std::string listed(std::span<const std::string> words) {
  std::string text;
  for (const auto& word : words) {
    if (!text.empty()) text += ", ";
    text += word;
  }
  return text;
}

std::string did_you_mean(std::string_view word, std::span<const std::string> choices) {
  std::string text;
  if (const auto best = closest(word, choices); !best.empty()) {
    text.append(" (did you mean '").append(best).append("'?)");
  }
  return text.append(", allowed: ").append(listed(choices));
}

}  // namespace dk
