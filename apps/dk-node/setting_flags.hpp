// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "apps/dk-node/settings.hpp"
#include "base/result.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace dk {

/// The command line's part of the settings: --config FILE, and a flag for every key.
class SettingFlags {
 public:
  /// Adds them to `app`, which must live as long as this.
  void add_to(CLI::App& app);
  /// After parsing: the file and the flags together. kNotFound, kIo: the file cannot be read;
  /// kInvalid as `read_settings`.
  [[nodiscard]] Result<ReadSettings> read(const Machine& machine) const;

  std::string file;

 private:
  CLI::App* app_ = nullptr;
  std::map<std::string_view, std::string> single_;
  std::map<std::string_view, std::vector<std::string>> many_;
};

}  // namespace dk
