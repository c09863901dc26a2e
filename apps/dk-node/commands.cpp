// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-node/commands.hpp"

#include <fmt/core.h>

#include <string_view>

namespace dk {

bool is_command(int argc, const char* const* argv) {
  const std::string_view word = argc > 1 ? argv[1] : "";
  return word == "certs" || word == "check-config" || word == "tokens";
}

int exit_code(const Result<void>& done) {
  if (done) return 0;
  fmt::print(stderr, "dk-node: {}\n", done.error().message);
  return done.error().code == Errc::kIo || done.error().code == Errc::kInternal ? 1 : 2;
}

int run_command(int argc, const char* const* argv) {
  CLI::App app("The daemon of one machine of a Distributed Keras cluster.", "dk-node");
  app.require_subcommand(1);
  Command chosen;
  add_certs_commands(app, chosen);
  add_check_config_command(app, chosen);
  add_tokens_commands(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return chosen();
}

}  // namespace dk
