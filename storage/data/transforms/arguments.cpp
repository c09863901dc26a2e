// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data/transforms/arguments.hpp"

#include "base/did_you_mean.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dk::storage {
namespace {

using Json = nlohmann::json;

std::string show(const Json& value) {
  constexpr std::size_t kMost = 60;
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > kMost) text = text.substr(0, kMost) + "...";
  return text;
}

bool is_finite(const Json& value) {
  return value.is_number() && std::isfinite(value.get<double>());
}

std::string in_range(double min, double max) {
  const double most = std::numeric_limits<double>::max();
  if (min == -most && max == most) return "a finite number";
  if (max == most) return fmt::format("a number from {}", min);
  return fmt::format("a number from {} to {}", min, max);
}

}  // namespace

Arguments::Arguments(std::string_view name, const Json& arguments, std::string_view shorthand)
    : name_(name), object_(Json::object()) {
  if (arguments.is_object()) {
    object_ = arguments;
  } else if (!shorthand.empty() && !arguments.is_null()) {
    object_[std::string(shorthand)] = arguments;
  } else if (!arguments.is_null()) {
    problem("is " + show(arguments) + "; allowed: its arguments, {name: value, ...}");
  }
}

const Json* Arguments::find(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  const auto found = object_.find(std::string(key));
  return found == object_.end() ? nullptr : &*found;
}

void Arguments::problem(std::string message) {
  if (!problem_) problem_ = name_ + ": " + std::move(message);
}

void Arguments::refuse(std::string_view key, const Json& value, std::string_view allowed) {
  problem(fmt::format("{} is {}; allowed: {}", key, show(value), allowed));
}

double Arguments::number(std::string_view key, double fallback, double min, double max) {
  const Json* value = find(key);
  if (value == nullptr) return fallback;
  if (is_finite(*value) && value->get<double>() >= min && value->get<double>() <= max) {
    return value->get<double>();
  }
  refuse(key, *value, in_range(min, max));
  return fallback;
}

double Arguments::number(std::string_view key, double fallback) {
  const double most = std::numeric_limits<double>::max();
  return number(key, fallback, -most, most);
}

std::int64_t Arguments::whole(std::string_view key, std::optional<std::int64_t> fallback,
                              std::int64_t min, std::int64_t max) {
  const Json* value = find(key);
  if (value == nullptr) {
    if (!fallback)
      problem(fmt::format("{} is missing: a whole number from {} to {}", key, min, max));
    return fallback.value_or(min);
  }
  if (is_finite(*value)) {
    const auto number = value->get<double>();
    if (number == std::floor(number) && number >= static_cast<double>(min) &&
        number <= static_cast<double>(max)) {
      return value->get<std::int64_t>();
    }
  }
  refuse(key, *value, fmt::format("a whole number from {} to {}", min, max));
  return fallback.value_or(min);
}

bool Arguments::boolean(std::string_view key, bool fallback) {
  const Json* value = find(key);
  if (value == nullptr) return fallback;
  if (value->is_boolean()) return value->get<bool>();
  refuse(key, *value, "true or false");
  return fallback;
}

std::string Arguments::choice(std::string_view key, std::string_view fallback,
                              std::span<const std::string> choices) {
  const Json* value = find(key);
  if (value == nullptr) return std::string(fallback);
  if (!value->is_string()) {
    refuse(key, *value, listed(choices));
    return std::string(fallback);
  }
  const auto& word = value->get_ref<const std::string&>();
  if (std::find(choices.begin(), choices.end(), word) != choices.end()) return word;
  problem(fmt::format("{} is {}{}", key, show(*value), did_you_mean(word, choices)));
  return std::string(fallback);
}

std::optional<std::pair<double, double>> Arguments::interval(std::string_view key) {
  const Json* value = find(key);
  if (value == nullptr) return {};
  if (!value->is_array() || value->size() != 2 || !is_finite((*value)[0]) ||
      !is_finite((*value)[1])) {
    refuse(key, *value, "[low, high], two finite numbers");
    return {};
  }
  return std::pair{(*value)[0].get<double>(), (*value)[1].get<double>()};
}

std::optional<std::vector<double>> Arguments::numbers(std::string_view key, std::size_t count) {
  const Json* value = find(key);
  if (value == nullptr) return {};
  if (!value->is_array() || value->size() != count ||
      !std::all_of(value->begin(), value->end(), is_finite)) {
    refuse(key, *value, fmt::format("{} finite numbers, one for each column", count));
    return {};
  }
  return value->get<std::vector<double>>();
}

std::vector<std::string> Arguments::texts(std::string_view key) {
  const Json* value = find(key);
  if (value == nullptr) return {};
  const auto list = value->is_array() ? *value : Json::array({*value});
  std::vector<std::string> texts;
  for (const auto& item : list) {
    if (item.is_string()) texts.push_back(item.get<std::string>());
    if (item.is_number_integer()) texts.push_back(item.dump());
  }
  if (!texts.empty() && texts.size() == list.size()) return texts;
  refuse(key, *value, "a name or a list of names");
  return {};
}

Result<void> Arguments::finish() const {
  if (problem_) return fail(Errc::kInvalid, "{}", *problem_);
  for (const auto& [key, value] : object_.items()) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    auto sorted = known_;
    std::sort(sorted.begin(), sorted.end());
    return fail(Errc::kInvalid, "{}: argument '{}' is not known{}", name_, key,
                did_you_mean(key, sorted));
  }
  return {};
}

}  // namespace dk::storage
