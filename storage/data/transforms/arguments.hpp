// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dk::storage {

/// Reads the arguments of one transform key by key. The first problem is kept and returned by
/// `finish`; every later read gives the default, so a factory checks once, at the end. A key that
/// nobody asked for is a problem too.
class Arguments {
 public:
  /// `name` stands in front of every message. A value that is no object is taken for the argument
  /// `shorthand`, so {"one_hot": 10} is {"one_hot": {"classes": 10}}; null is no arguments.
  Arguments(std::string_view name, const nlohmann::json& arguments,
            std::string_view shorthand = {});

  /// The value, or nullptr when the key is missing; the key is known from now on.
  [[nodiscard]] const nlohmann::json* find(std::string_view key);
  /// A finite number in [min, max].
  double number(std::string_view key, double fallback, double min, double max);
  double number(std::string_view key, double fallback);
  /// A whole number in [min, max]; without a default the key must be there.
  std::int64_t whole(std::string_view key, std::optional<std::int64_t> fallback, std::int64_t min,
                     std::int64_t max);
  bool boolean(std::string_view key, bool fallback);
  /// One of these words.
  std::string choice(std::string_view key, std::string_view fallback,
                     std::span<const std::string> choices);
  /// [low, high], two finite numbers; nothing when the key is missing.
  std::optional<std::pair<double, double>> interval(std::string_view key);
  /// `count` finite numbers; nothing when the key is missing.
  std::optional<std::vector<double>> numbers(std::string_view key, std::size_t count);
  /// A text or a list of texts; a whole number, a column's for example, is taken as text.
  std::vector<std::string> texts(std::string_view key);

  /// A problem that the caller found: "one_hot: MESSAGE".
  void problem(std::string message);
  [[nodiscard]] bool ok() const { return !problem_; }
  /// The first problem, or a key that is not known, with those that are.
  [[nodiscard]] Result<void> finish() const;

 private:
  /// "key is VALUE; allowed: ALLOWED".
  void refuse(std::string_view key, const nlohmann::json& value, std::string_view allowed);

  std::string name_;
  nlohmann::json object_;
  std::vector<std::string> known_;
  std::optional<std::string> problem_;
};

}  // namespace dk::storage
