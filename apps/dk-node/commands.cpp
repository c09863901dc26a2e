// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-node/commands.hpp"

#include <string_view>

namespace dk {

bool is_command(int argc, const char* const* argv) {
  return argc > 1 && std::string_view(argv[1]) == "certs";
}

int run_command(int argc, const char* const* argv) {
  CLI::App app("The daemon of one machine of a Distributed Keras cluster.", "dk-node");
  app.require_subcommand(1);
  Command chosen;
  add_certs_commands(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return chosen();
}

}  // namespace dk
