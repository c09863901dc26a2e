// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-node/setting_flags.hpp"

#include "base/files.hpp"

namespace dk {
namespace {

constexpr std::size_t kMostFileBytes = std::size_t{1} << 20;

}  // namespace

void SettingFlags::add_to(CLI::App& app) {
  app_ = &app;
  for (const auto& key : setting_keys()) {
    const std::string flag(key.flag);
    const auto help = fmt::format("{} [{}]", key.meaning, key.path);
    if (key.kind == SettingKey::Kind::kSwitch) {
      app.add_flag(flag, single_[key.flag], help);
    } else if (key.kind == SettingKey::Kind::kValue) {
      app.add_option(flag, single_[key.flag], help)->type_name(std::string(key.value));
    } else {
      app.add_option(flag, many_[key.flag], help)
          ->type_name(std::string(key.value))
          ->allow_extra_args(false);
    }
  }
}

Result<ReadSettings> SettingFlags::read(const Machine& machine) const {
  std::optional<ConfigFile> config;
  if (!file.empty()) {
    DK_TRY_ASSIGN(auto text, read_file(file, kMostFileBytes));
    config = ConfigFile{std::move(text), file, std::filesystem::path(file).parent_path()};
  }
  std::vector<GivenFlag> flags;
  for (const auto& key : setting_keys()) {
    if (app_->count(std::string(key.flag)) == 0) continue;
    const auto single = single_.find(key.flag);
    flags.push_back(
        {key.flag, single != single_.end() ? std::vector{single->second} : many_.at(key.flag)});
  }
  auto settings = read_settings(config, flags, machine);
  // Each line begins with its place.
  if (!settings)
    return fail(Errc::kInvalid, "the settings are wrong:\n{}", settings.error().message);
  return settings;
}

}  // namespace dk
