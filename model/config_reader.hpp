// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/did_you_mean.hpp"
#include "base/result.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dk::model {

/// Reads an untrusted JSON object key by key. The first problem is kept and returned by `finish()`,
/// every later read returns the default, so that a parser checks once, at the end. Keys that were
/// never asked for are a problem too. Keeps a reference to the object.
class ConfigReader {
 public:
  /// `where` stands in front of every message.
  ConfigReader(const nlohmann::json& object, std::string where);

  /// The value, or nullptr when the key is missing; the key is known from now on.
  const nlohmann::json* find(std::string_view key);
  /// An integer from 1 to kMaxElements; without a default the key must be there.
  std::size_t count(std::string_view key, std::optional<std::size_t> fallback = {});
  bool boolean(std::string_view key, bool fallback);
  /// A finite number in [min, max).
  double number(std::string_view key, double fallback, double min, double max);
  std::string text(std::string_view key, std::string_view fallback);
  /// A whole number in [min, max].
  std::int64_t integer(std::string_view key, std::int64_t fallback, std::int64_t min,
                       std::int64_t max);
  /// One of these words.
  std::string choice(std::string_view key, std::string_view fallback,
                     std::initializer_list<std::string_view> choices);
  /// Keras' tuples: one whole number for all `rank` axes, or one each; from 1. Without a default
  /// the key must be there.
  std::vector<std::size_t> counts(std::string_view key, std::size_t rank,
                                  std::optional<std::size_t> fallback = {});
  /// A whole number from 0, or null.
  std::optional<std::uint64_t> seed();
  /// These keys have no effect here.
  void ignore(std::initializer_list<std::string_view> keys);
  /// These keys are understood only as null or missing.
  void only_null(std::initializer_list<std::string_view> keys);
  /// The key may be missing or have exactly this value.
  void only(std::string_view key, const nlohmann::json& value);

  /// Reports a problem found by the caller.
  void problem(std::string message);
  [[nodiscard]] const std::string& where() const { return where_; }
  /// The first problem, or an unknown key with the list of known ones.
  Result<void> finish();

 private:
  const nlohmann::json& object_;
  std::string where_;
  std::vector<std::string> known_;
  std::optional<std::string> problem_;
};

/// A value from outside in an error message: one line, at most 60 characters.
[[nodiscard]] std::string show(const nlohmann::json& value);
/// `; did you mean 'momentum'?` when a choice is near, else nothing.
[[nodiscard]] std::string suggestion(std::string_view word, std::span<const std::string> choices);
/// The text as JSON; kInvalid with the source's name when it is none, is above 16 MiB or is nested
/// deeper than 64.
[[nodiscard]] Result<nlohmann::json> parse_json(std::string_view text, std::string_view source);

}  // namespace dk::model
