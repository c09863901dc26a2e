// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/command.hpp"

#include "actors/api/api_error.hpp"

#include <iostream>

namespace dk::submit {

int report(const Error& error, bool json) {
  if (json) {
    std::cerr << api::error_body(error) << "\n";
  } else {
    std::cerr << "dk-submit: " << error.message << "\n";
  }
  return error.code == Errc::kUnavailable ? kUnreachable : kBadRequest;
}

CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& about,
                      const std::string& example) {
  CLI::App* command = app.add_subcommand(name, about);
  command->fallthrough();
  command->footer("Example:\n  " + example);
  return command;
}

}  // namespace dk::submit
