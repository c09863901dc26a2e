// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/descriptor/yaml_tree.hpp"
#include "actors/node.hpp"
#include "apps/dk-node/logging.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dk {

/// What a daemon is to do: docs/configuration.md lists every key.
struct Settings {
  NodeConfig node;
  std::chrono::milliseconds drain_timeout = std::chrono::seconds(30);
  LogSettings log;
};

/// What the defaults are made from.
struct Machine {
  std::string name;  ///< its host name
  std::uint32_t cores = 1;
  std::filesystem::path data;
  std::uint64_t memory_bytes = 0;        ///< 0: not known
  std::string cores_by = "the machine";  ///< what sets these limits
  std::string memory_by = "the machine";
};
/// This one. The data directory is systemd's STATE_DIRECTORY, or root's /var/lib/dk, or the user's
/// XDG_STATE_HOME/dk (~/.local/state/dk).
[[nodiscard]] Machine this_machine();

/// One setting: a key of the file, and a flag that wins over it.
struct SettingKey {
  enum class Kind { kValue, kSwitch, kList, kPairs };
  std::string_view path;     ///< "limits.cores"
  std::string_view flag;     ///< "--cores"
  std::string_view value;    ///< "N", for the help
  std::string_view meaning;  ///< one line
  Kind kind = Kind::kValue;
  /// As YAML, as the file would have it.
  std::string (*show)(const Settings&) = nullptr;
};
/// All of them, in the order of the documentation.
[[nodiscard]] std::span<const SettingKey> setting_keys();

/// A flag of the command line and its values; a switch has "true" or "false", a pair NAME=VALUE.
struct GivenFlag {
  std::string_view flag;
  std::vector<std::string> values;
};

struct ConfigFile {
  std::string text;
  std::string source;            ///< names it in messages
  std::filesystem::path base{};  ///< relative paths in it start there
};

struct ReadSettings {
  Settings settings;
  /// For each of `setting_keys`: who said so, as "default", "dk-node.yaml:3" or "--cores 2".
  std::vector<std::string> origins;
};

/// File, flags and defaults together. kInvalid with one line for each fault:
///
///     dk-node.yaml:3:8: listen is '7301'; allowed: HOST:PORT, such as 127.0.0.1:7301
///     --cores 0: limits.cores is '0'; allowed: a whole number from 1 to 4096
///
/// What contradicts each other is a fault, too.
Result<ReadSettings> read_settings(const std::optional<ConfigFile>& file,
                                   const std::vector<GivenFlag>& flags, const Machine& machine);

/// Every key with its value and where that comes from, as a file that says the same.
[[nodiscard]] std::string effective_file(const ReadSettings& read);

}  // namespace dk
