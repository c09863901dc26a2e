// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dk::storage {

/// Reads an object whose keys are all known; a key that is absent leaves the variable as it is. The
/// first fault is kept (kCorrupt), later reads do nothing.
class StrictJson {
 public:
  StrictJson(const nlohmann::json& json, std::string path) : json_(json), path_(std::move(path)) {
    if (!json.is_object()) refuse("", "an object");
  }

  /// nullptr when it is absent, or after a fault.
  const nlohmann::json* value(const char* key) {
    if (fault_) return nullptr;
    const auto found = json_.find(key);
    if (found == json_.end()) return nullptr;
    ++keys_;
    return &*found;
  }
  void number(const char* key, std::uint64_t& out) {
    const auto* json = value(key);
    if (json == nullptr) return;
    json->is_number_unsigned() ? static_cast<void>(out = json->get<std::uint64_t>())
                               : refuse(key, "a whole number");
  }
  void number(const char* key, double& out) {
    const auto* json = value(key);
    if (json == nullptr) return;
    json->is_number() ? static_cast<void>(out = json->get<double>()) : refuse(key, "a number");
  }
  void boolean(const char* key, bool& out) {
    const auto* json = value(key);
    if (json == nullptr) return;
    json->is_boolean() ? static_cast<void>(out = json->get<bool>()) : refuse(key, "true or false");
  }
  void text(const char* key, std::string& out) {
    const auto* json = value(key);
    if (json == nullptr) return;
    json->is_string() ? static_cast<void>(out = json->get<std::string>()) : refuse(key, "text");
  }
  void required_text(const char* key, std::string& out) {
    if (!fault_ && !json_.contains(key)) refuse(key, "there");
    text(key, out);
  }
  void texts(const char* key, std::vector<std::string>& out) {
    const auto* json = value(key);
    if (json == nullptr) return;
    if (!json->is_array()) return refuse(key, "a list");
    out.clear();
    for (const auto& item : *json) {
      if (!item.is_string()) return refuse(key, "a list of texts");
      out.push_back(item.get<std::string>());
    }
  }
  void refuse(std::string_view key, std::string_view wanted) {
    if (fault_) return;
    fault_ = Error{Errc::kCorrupt,
                   fmt::format("{}{}{} is not {}", path_, key.empty() ? "" : ".", key, wanted)};
  }
  Result<void> finish() {
    if (!fault_ && json_.size() != keys_) refuse("", "made of the known keys only");
    if (fault_) return fail(*fault_);
    return {};
  }

 private:
  const nlohmann::json& json_;
  std::string path_;
  std::optional<Error> fault_;
  std::size_t keys_ = 0;
};

}  // namespace dk::storage
