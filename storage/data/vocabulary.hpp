// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace dk::storage {

/// Looks a `string_view` up among strings.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};
using TextSet = std::unordered_set<std::string, TextHash, std::equal_to<>>;

/// The texts of one column of a table, each a class: its place among them. When all of them are
/// numbers they are compared by value, so "1.0" is "1", else by their characters alone. Immutable.
class Vocabulary {
 public:
  /// Of a column; more are no classes.
  static constexpr std::size_t kMostTexts = 65'536;
  static constexpr std::size_t kMostTextBytes = 1000;

  /// In the order given.
  explicit Vocabulary(const std::vector<std::string>& texts);
  /// In ascending order, as scikit-learn's LabelEncoder and pandas' categories have them: numbers
  /// by value, texts by their UTF-8 bytes.
  [[nodiscard]] static Vocabulary sorted(const TextSet& texts);

  /// All different.
  [[nodiscard]] const std::vector<std::string>& texts() const { return texts_; }
  [[nodiscard]] std::optional<std::size_t> find(std::string_view text) const;
  /// For messages: "3 texts: 'bird', 'cat', 'dog'"; the first of them when they are many.
  [[nodiscard]] std::string describe() const;

 private:
  bool numbers_ = false;
  std::vector<std::string> texts_;
  std::unordered_map<std::string, std::size_t, TextHash, std::equal_to<>> places_;
};

}  // namespace dk::storage
