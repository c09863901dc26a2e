// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-node/commands.hpp"

#include "apps/cli/man_page.hpp"

#include <fmt/core.h>

#include <memory>
#include <string>

namespace dk {

int exit_code(const Result<void>& done) {
  if (done) return 0;
  fmt::print(stderr, "dk-node: {}\n", done.error().message);
  return done.error().code == Errc::kIo || done.error().code == Errc::kInternal ? 1 : 2;
}

void add_help_man_command(CLI::App& app, Command& chosen) {
  const auto directory = std::make_shared<std::string>();
  auto* command = app.add_subcommand("help-man", "Write the manual pages of all commands");
  command->group("");
  command->add_option("DIR", *directory, "Where to; it is made")->required();
  command->callback([directory, &app, &chosen] {
    chosen = [directory, &app] {
      const auto names = cli::write_man_pages(app, *directory);
      if (!names) return exit_code(fail(names.error()));
      for (const auto& name : *names) fmt::print("{}\n", name);
      return 0;
    };
  });
}

void add_commands(CLI::App& app, Command& chosen) {
  app.require_subcommand(0, 1);
  add_certs_commands(app, chosen);
  add_check_config_command(app, chosen);
  add_tokens_commands(app, chosen);
  add_help_man_command(app, chosen);
}

}  // namespace dk
