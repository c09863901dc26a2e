// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Text for people out of JSON of a supervisor, which may be newer than this program: what is
/// missing or of another type becomes `-`, never an exception.
namespace dk::submit {

/// The member's number; none when there is no such number.
[[nodiscard]] std::optional<double> number(const nlohmann::json& object, std::string_view key);
/// The member's text without control characters, so that no name can move the cursor.
[[nodiscard]] std::string text(const nlohmann::json& object, std::string_view key);
/// An empty object when there is no such object.
[[nodiscard]] const nlohmann::json& member(const nlohmann::json& object, std::string_view key);
/// `1, 2, 3` for a list of numbers or texts.
[[nodiscard]] std::string list(const nlohmann::json& object, std::string_view key);

/// 1234567 -> `1,234,567`.
[[nodiscard]] std::string count(std::optional<double> value);
/// 0.87234 -> `87.2%` (digits 1).
[[nodiscard]] std::string percent(std::optional<double> value, int digits);
/// Four significant digits.
[[nodiscard]] std::string decimal(std::optional<double> value);
/// `0.8 s`, `42 s`, `3 m 05 s`, `2 h 07 m`.
[[nodiscard]] std::string duration(std::optional<double> seconds);
/// `512 B`, `2.7 MB`.
[[nodiscard]] std::string size_of_bytes(std::optional<double> bytes);
/// `1 worker`, `4 workers`.
[[nodiscard]] std::string plural(std::optional<double> value, std::string_view noun);
[[nodiscard]] std::string printable(std::string_view raw);

}  // namespace dk::submit
