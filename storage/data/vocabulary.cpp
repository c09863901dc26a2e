// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/vocabulary.hpp"

#include "storage/data/row_parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace dk::storage {
namespace {

constexpr std::size_t kMostShown = 10;

bool is_number(std::string_view text) {
  float number = 0;
  return parse_number(text, number) == NumberKind::kFinite;
}

double value_of(const std::string& number) {
  const double value = std::strtod(number.c_str(), nullptr);
  return value == 0 ? 0 : value;  // no -0
}

/// The shortest text of its float64.
std::string canonical(const std::string& number) {
  return fmt::format("{}", value_of(number));
}

}  // namespace

Vocabulary::Vocabulary(const std::vector<std::string>& texts)
    : numbers_(std::all_of(texts.begin(), texts.end(), is_number)) {
  for (const auto& text : texts) {
    auto own = numbers_ ? canonical(text) : text;
    if (places_.emplace(own, texts_.size()).second) texts_.push_back(std::move(own));
  }
}

Vocabulary Vocabulary::sorted(const TextSet& texts) {
  std::vector<std::string> all(texts.begin(), texts.end());
  std::sort(all.begin(), all.end());
  if (std::all_of(all.begin(), all.end(), is_number)) {
    std::stable_sort(all.begin(), all.end(), [](const std::string& a, const std::string& b) {
      return value_of(a) < value_of(b);
    });
  }
  return Vocabulary(all);
}

std::optional<std::size_t> Vocabulary::find(std::string_view text) const {
  auto found = places_.find(text);
  if (found == places_.end() && numbers_ && is_number(text)) {
    found = places_.find(canonical(std::string(text)));
  }
  if (found == places_.end()) return std::nullopt;
  return found->second;
}

std::string Vocabulary::describe() const {
  auto all = fmt::format("{} texts: ", texts_.size());
  for (std::size_t i = 0; i < std::min(kMostShown, texts_.size()); ++i) {
    all += (i == 0 ? "" : ", ") + shown(texts_[i]);
  }
  return all + (texts_.size() > kMostShown ? " ..." : "");
}

}  // namespace dk::storage
