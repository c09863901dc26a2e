// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/parameter_reader.hpp"

#include "base/did_you_mean.hpp"

#include <algorithm>

namespace dk {
namespace {

constexpr std::uint32_t kLargestCount = 100'000;

std::string show(const nlohmann::json& value) {
  constexpr std::size_t kLongest = 60;
  std::string text = value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  if (text.size() > kLongest) text.replace(kLongest, std::string::npos, "...");
  return text;
}

bool is_count(const nlohmann::json& value) {
  // A negative number is stored as signed, and would pass for a huge unsigned one.
  if (!value.is_number_integer() || value.get<std::int64_t>() < 1) return false;
  return value.get<std::uint64_t>() <= kLargestCount;
}

}  // namespace

ParameterReader::ParameterReader(const AlgorithmConfig& config) : config_(config) {
  if (!config.parameters.is_object()) {
    wrong_ = fmt::format("parameters are {}, allowed: a mapping of names to values",
                         show(config.parameters));
  }
}

std::uint32_t ParameterReader::count(std::string_view name, std::uint32_t otherwise) {
  known_.emplace_back(name);
  const auto found = config_.parameters.find(name);
  if (found == config_.parameters.end()) return otherwise;
  if (is_count(*found)) return found->get<std::uint32_t>();
  if (wrong_.empty()) {
    wrong_ = fmt::format("parameter '{}' is {}, allowed: a whole number from 1 to {}", name,
                         show(*found), kLargestCount);
  }
  return otherwise;
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
