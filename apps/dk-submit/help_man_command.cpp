// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/cli/man_page.hpp"
#include "apps/dk-submit/command.hpp"

#include <iostream>
#include <memory>

namespace dk::submit {

void add_help_man_command(CLI::App& app, const Globals& globals, Action& chosen) {
  const auto directory = std::make_shared<std::string>();
  CLI::App* command = add_command(app, "help-man", "Write the manual pages of all commands",
                                  "dk-submit help-man build/man1");
  command->group("");
  command->add_option("DIR", *directory, "Where to; it is made")->required();
  command->callback([directory, &app, &globals, &chosen] {
    chosen = [directory, &app, &globals] {
      const auto names = cli::write_man_pages(app, *directory);
      if (!names) return report(names.error(), globals.json);
      for (const auto& name : *names) std::cout << name << "\n";
      return static_cast<int>(kFinished);
    };
  });
}

}  // namespace dk::submit
