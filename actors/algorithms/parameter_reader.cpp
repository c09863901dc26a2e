// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/parameter_reader.hpp"

#include "base/did_you_mean.hpp"

#include <algorithm>
#include <cmath>

namespace dk {
namespace {

constexpr std::uint32_t kLargestCount = 100'000;

std::string show(const nlohmann::json& value) {
  constexpr std::size_t kLongest = 60;
  std::string text = value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  if (text.size() > kLongest) text.replace(kLongest, std::string::npos, "...");
  return text;
}

bool is_count(const nlohmann::json& value, std::uint32_t least) {
  // A negative number is stored as signed, and would pass for a huge unsigned one.
  if (!value.is_number_integer() || value.get<std::int64_t>() < least) return false;
  return value.get<std::uint64_t>() <= kLargestCount;
}

bool is_in(float value, ParameterReader::Range range) {
  switch (range) {
    case ParameterReader::Range::kPositive:
      return value > 0 && std::isfinite(value);
    case ParameterReader::Range::kFraction:
      return value >= 0 && value < 1;
    case ParameterReader::Range::kShare:
      return value > 0 && value <= 1;
  }
  return false;
}

std::string_view describe(ParameterReader::Range range) {
  switch (range) {
    case ParameterReader::Range::kPositive:
      return "a number above 0";
    case ParameterReader::Range::kFraction:
      return "a number from 0 to below 1";
    case ParameterReader::Range::kShare:
      return "a number above 0 and at most 1";
  }
  return "a number";
}

}  // namespace

ParameterReader::ParameterReader(const AlgorithmConfig& config, std::uint32_t workers,
                                 std::uint32_t epoch_share)
    : config_(config),
      workers_(std::max(workers, 1U)),
      epoch_share_(std::clamp(epoch_share, 1U, kLargestCount)) {
  if (!config.parameters.is_object()) {
    wrong_ = fmt::format("parameters are {}, allowed: a mapping of names to values",
                         show(config.parameters));
  }
}

const nlohmann::json* ParameterReader::find(std::string_view name) {
  if (std::find(known_.begin(), known_.end(), name) == known_.end()) known_.emplace_back(name);
  const auto found = config_.parameters.find(name);
  return found == config_.parameters.end() ? nullptr : &*found;
}

void ParameterReader::wrong(std::string_view name, const nlohmann::json& value,
                            std::string_view allowed) {
  refuse(fmt::format("parameter '{}' is {}, allowed: {}", name, show(value), allowed));
}

std::uint32_t ParameterReader::count(std::string_view name, std::uint32_t otherwise,
                                     std::uint32_t least) {
  const auto* value = find(name);
  if (value == nullptr) return otherwise;
  if (is_count(*value, least)) return value->get<std::uint32_t>();
  wrong(name, *value, fmt::format("a whole number from {} to {}", least, kLargestCount));
  return otherwise;
}

float ParameterReader::number(std::string_view name, float otherwise, Range range) {
  const auto* value = find(name);
  if (value == nullptr) return otherwise;
  if (value->is_number() && is_in(value->get<float>(), range)) return value->get<float>();
  wrong(name, *value, describe(range));
  return otherwise;
}

std::vector<float> ParameterReader::numbers(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) return {};
  std::vector<float> result;
  for (const auto& item : *value) {
    if (!value->is_array() || !item.is_number() || !is_in(item.get<float>(), Range::kPositive)) {
      result.clear();
      break;
    }
    result.push_back(item.get<float>());
  }
  if (result.empty()) wrong(name, *value, "a list of numbers above 0");
  return result;
}

bool ParameterReader::flag(std::string_view name, bool otherwise) {
  const auto* value = find(name);
  if (value == nullptr) return otherwise;
  if (value->is_boolean()) return value->get<bool>();
  wrong(name, *value, "true, false");
  return otherwise;
}

std::size_t ParameterReader::choice(std::string_view name,
                                    std::initializer_list<const char*> choices) {
  const auto* value = find(name);
  if (value == nullptr) return 0;
  const std::vector<std::string> texts(choices.begin(), choices.end());
  const auto* given = value->get_ptr<const std::string*>();
  const auto found = given == nullptr ? texts.end() : std::find(texts.begin(), texts.end(), *given);
  if (found != texts.end()) return static_cast<std::size_t>(found - texts.begin());
  wrong(name, *value, listed(texts));
  return 0;
}

bool ParameterReader::given(std::string_view name) {
  return find(name) != nullptr;
}

void ParameterReader::refuse(std::string reason) {
  if (wrong_.empty()) wrong_ = std::move(reason);
}

Result<void> ParameterReader::finish() const {
  if (!wrong_.empty()) return fail(Errc::kInvalid, "algorithm '{}': {}", config_.name, wrong_);
  for (const auto& item : config_.parameters.items()) {
    if (std::find(known_.begin(), known_.end(), item.key()) != known_.end()) continue;
    return fail(Errc::kInvalid, "algorithm '{}': unknown parameter '{}'{}", config_.name,
                item.key(), did_you_mean(item.key(), known_));
  }
  return {};
}

}  // namespace dk
