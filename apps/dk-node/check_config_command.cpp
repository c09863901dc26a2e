// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/security/bundle.hpp"
#include "apps/dk-node/commands.hpp"
#include "apps/dk-node/setting_flags.hpp"

#include <fmt/core.h>

#include <memory>

namespace dk {
namespace {

std::string role_of(const NodeConfig& node) {
  if (node.supervisor) return "leads a cluster";
  return node.standby ? "joins a cluster, as a standby of its supervisor" : "joins a cluster";
}

Result<void> check(const SettingFlags& flags) {
  DK_TRY_ASSIGN(const auto read, flags.read(this_machine()));
  const auto& node = read.settings.node;
  if (!node.certs.empty()) {
    DK_TRY(security::read_bundle(node.certs, security::WallClock::now()));
  }
  fmt::print("# In order: node {} {}.\n{}", node.name, role_of(node), effective_file(read));
  return {};
}

}  // namespace

void add_check_config_command(CLI::App& app, Command& chosen) {
  auto* command =
      app.add_subcommand("check-config",
                         "Says what the daemon would do with a configuration file, or all that is "
                         "wrong with it");
  const auto flags = std::make_shared<SettingFlags>();
  command->add_option("FILE", flags->file, "The file; without one, flags and defaults alone");
  flags->add_to(*command);
  command->footer(
      "Exit codes: 0 in order, 2 something is wrong.\n\nExample:\n"
      "  dk-node check-config /etc/dk/dk-node.yaml");
  command->callback([flags, &chosen] { chosen = [flags] { return exit_code(check(*flags)); }; });
}

}  // namespace dk
