// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/config_reader.hpp"

#include "model/shape.hpp"

#include <algorithm>
#include <cmath>

namespace dk::model {
namespace {

/// Brackets outside of strings; the JSON parser itself checks everything else.
std::size_t nesting(std::string_view text) {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return deepest;
}

/// The number when it is whole and in [min, max]. Keras 1 and some converters write 10.0.
std::optional<std::int64_t> whole(const nlohmann::json& value, std::int64_t min, std::int64_t max) {
  const double number = value.is_number() ? value.get<double>() : std::nan("");
  if (!(number >= static_cast<double>(min) && number <= static_cast<double>(max)) ||
      number != std::floor(number)) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(number);
}

}  // namespace

ConfigReader::ConfigReader(const nlohmann::json& object, std::string where)
    : object_(object), where_(std::move(where)) {
  if (!object.is_object()) {
    problem(fmt::format("expected an object of settings, not {}", show(object)));
  }
}

const nlohmann::json* ConfigReader::find(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  if (problem_) return nullptr;
  const auto found = object_.find(key);
  return found == object_.end() ? nullptr : &*found;
}

std::size_t ConfigReader::count(std::string_view key, std::optional<std::size_t> fallback) {
  const nlohmann::json* value = find(key);
  if (value == nullptr) {
    if (!fallback) problem(fmt::format("{} is missing", key));
    return fallback.value_or(1);
  }
  const auto number = whole(*value, 1, kMaxElements);
  if (!number) {
    problem(fmt::format("{} is {}; it must be a whole number from 1 to {}", key, show(*value),
                        kMaxElements));
  }
  return static_cast<std::size_t>(number.value_or(1));
}

std::int64_t ConfigReader::integer(std::string_view key, std::int64_t fallback, std::int64_t min,
                                   std::int64_t max) {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return fallback;
  const auto number = whole(*value, min, max);
  if (!number) {
    problem(fmt::format("{} is {}; it must be a whole number from {} to {}", key, show(*value), min,
                        max));
  }
  return number.value_or(fallback);
}

std::string ConfigReader::choice(std::string_view key, std::string_view fallback,
                                 std::initializer_list<std::string_view> choices) {
  std::string word = text(key, fallback);
  if (std::find(choices.begin(), choices.end(), word) != choices.end()) return word;
  const std::vector<std::string> known(choices.begin(), choices.end());
  problem(fmt::format("{} is {}{}; it must be one of {}", key, show(word), suggestion(word, known),
                      listed(known)));
  return std::string(fallback);
}

std::vector<std::size_t> ConfigReader::counts(std::string_view key, std::size_t rank,
                                              std::optional<std::size_t> fallback) {
  const nlohmann::json* value = find(key);
  if (value == nullptr || value->is_number()) {
    return std::vector<std::size_t>(rank, count(key, fallback));
  }
  std::vector<std::size_t> sizes;
  if (value->is_array() && value->size() == rank) {
    for (const auto& size : *value) {
      const auto number = whole(size, 1, kMaxElements);
      if (!number) break;
      sizes.push_back(static_cast<std::size_t>(*number));
    }
  }
  if (sizes.size() == rank) return sizes;
  problem(fmt::format("{} is {}; it must be a whole number from 1, or a list of {}", key,
                      show(*value), rank));
  return std::vector<std::size_t>(rank, 1);
}

bool ConfigReader::boolean(std::string_view key, bool fallback) {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return fallback;
  if (!value->is_boolean()) {
    problem(fmt::format("{} is {}; it must be true or false", key, show(*value)));
    return fallback;
  }
  return value->get<bool>();
}

double ConfigReader::number(std::string_view key, double fallback, double min, double max) {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return fallback;
  const double number = value->is_number() ? value->get<double>() : std::nan("");
  if (!(number >= min && number < max)) {
    problem(fmt::format("{} is {}; it must be a number in [{}, {})", key, show(*value), min, max));
    return fallback;
  }
  return number;
}

std::string ConfigReader::text(std::string_view key, std::string_view fallback) {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return std::string(fallback);
  if (!value->is_string()) {
    problem(fmt::format("{} is {}; it must be a string", key, show(*value)));
    return std::string(fallback);
  }
  return value->get<std::string>();
}

std::optional<std::uint64_t> ConfigReader::seed() {
  const nlohmann::json* value = find("seed");
  if (value == nullptr || value->is_null()) return std::nullopt;
  if (!value->is_number_integer() || *value < 0) {
    problem(fmt::format("seed is {}; it must be a whole number from 0, or null", show(*value)));
    return std::nullopt;
  }
  return value->get<std::uint64_t>();
}

void ConfigReader::ignore(std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) find(key);
}

void ConfigReader::only_null(std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) only(key, nullptr);
}

void ConfigReader::only(std::string_view key, const nlohmann::json& allowed) {
  const nlohmann::json* value = find(key);
  if (value != nullptr && *value != allowed) {
    problem(fmt::format("{} is {}; only {} is supported", key, show(*value), show(allowed)));
  }
}

void ConfigReader::problem(std::string message) {
  if (!problem_) problem_ = std::move(message);
}

Result<void> ConfigReader::finish() {
  if (!problem_) {
    for (const auto& [key, value] : object_.items()) {
      if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
      problem(fmt::format("unknown setting {}{}; supported: {}", show(key), suggestion(key, known_),
                          listed(known_)));
    }
  }
  if (problem_) return fail(Errc::kInvalid, "{}: {}", where_, *problem_);
  return {};
}

std::string show(const nlohmann::json& value) {
  constexpr std::size_t kLongest = 60;
  // Dumping recurses; nobody reads a whole object in a message anyway.
  if (value.is_object()) return value.empty() ? "{}" : "an object";
  if (value.is_array()) return value.empty() ? "[]" : "a list";
  std::string text =
      value.dump(-1, ' ', /*ensure_ascii=*/true, nlohmann::json::error_handler_t::replace);
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "...";
  return text;
}

std::string suggestion(std::string_view word, std::span<const std::string> choices) {
  const auto best = closest(word, choices);
  return best.empty() ? "" : fmt::format("; did you mean '{}'?", best);
}

Result<nlohmann::json> parse_json(std::string_view text, std::string_view source) {
  constexpr std::size_t kMaxBytes = std::size_t{16} << 20;
  constexpr std::size_t kMaxNesting = 64;
  if (text.size() > kMaxBytes) {
    return fail(Errc::kInvalid, "{}: {} bytes of JSON; at most {} are read", source, text.size(),
                kMaxBytes);
  }
  if (nesting(text) > kMaxNesting) {
    return fail(Errc::kInvalid, "{}: JSON is nested deeper than {}", source, kMaxNesting);
  }
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::exception& error) {
    return fail(Errc::kInvalid, "{}: not JSON: {}", source, error.what());
  }
}

}  // namespace dk::model
