// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/callbacks/state.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dk::model {

nlohmann::json state_number(double value) {
  if (std::isfinite(value)) return value;
  return value > 0 ? "inf" : "-inf";
}

StateReader::StateReader(const nlohmann::json& state, std::string_view callback)
    : state_(state), callback_(callback) {
  if (!state.is_object()) refuse("state", "an object");
}

const nlohmann::json* StateReader::value(const char* key) {
  ++keys_;
  if (!fault_.empty()) return nullptr;
  const auto found = state_.find(key);
  if (found != state_.end()) return &*found;
  refuse(key, "there");
  return nullptr;
}

void StateReader::number(const char* key, double& out) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto* json = value(key);
  if (json == nullptr) return;
  if (json->is_number()) {
    out = json->get<double>();
  } else if (*json == "inf" || *json == "-inf") {
    out = *json == "inf" ? kInfinity : -kInfinity;
  } else {
    refuse(key, "a number");
  }
}

void StateReader::count(const char* key, std::uint64_t& out) {
  const auto* json = value(key);
  if (json == nullptr) return;
  json->is_number_unsigned() ? static_cast<void>(out = json->get<std::uint64_t>())
                             : refuse(key, "a whole number from 0");
}

void StateReader::flag(const char* key, bool& out) {
  const auto* json = value(key);
  if (json == nullptr) return;
  json->is_boolean() ? static_cast<void>(out = json->get<bool>()) : refuse(key, "true or false");
}

void StateReader::texts(const char* key, std::vector<std::string>& out) {
  const auto* json = value(key);
  if (json == nullptr) return;
  const bool fits = json->is_array() && std::all_of(json->begin(), json->end(),
                                                    [](const auto& it) { return it.is_string(); });
  fits ? static_cast<void>(out = json->get<std::vector<std::string>>())
       : refuse(key, "a list of texts");
}

void StateReader::refuse(std::string_view key, std::string_view wanted) {
  if (fault_.empty()) fault_ = fmt::format("{} is not {}", key, wanted);
}

Result<void> StateReader::finish() {
  if (state_.size() != keys_) refuse("state", "made of the known keys only");
  if (fault_.empty()) return {};
  return fail(Errc::kCorrupt, "state of {}: {}", callback_, fault_);
}

}  // namespace dk::model
