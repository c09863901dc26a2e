// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dk::model {

/// A number as JSON; an infinite one, which JSON does not have, as the text "inf" or "-inf".
[[nodiscard]] nlohmann::json state_number(double value);

/// Reads what a callback's `state()` gave: an object of exactly the keys that are asked for. The
/// first fault is kept, and later reads do nothing.
class StateReader {
 public:
  /// `callback` stands in front of messages. Keeps a reference to the object.
  StateReader(const nlohmann::json& state, std::string_view callback);

  /// From `state_number`.
  void number(const char* key, double& out);
  void count(const char* key, std::uint64_t& out);
  void flag(const char* key, bool& out);
  void texts(const char* key, std::vector<std::string>& out);
  /// kCorrupt with the first fault, or when there are other keys.
  Result<void> finish();

 private:
  const nlohmann::json* value(const char* key);
  void refuse(std::string_view key, std::string_view wanted);

  const nlohmann::json& state_;
  std::string callback_;
  std::string fault_;
  std::size_t keys_ = 0;
};

}  // namespace dk::model
