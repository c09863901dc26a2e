// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/command.hpp"
#include "apps/dk-submit/completion.hpp"

#include <iostream>
#include <memory>

namespace dk::submit {

void add_completion_command(CLI::App& app, const Globals&, Action& chosen) {
  const auto shell = std::make_shared<std::string>();
  CLI::App* command =
      add_command(app, "completion", "Print a script that completes commands and options",
                  "dk-submit completion bash | sudo tee /etc/bash_completion.d/dk-submit");
  command->add_option("SHELL", *shell, "bash or zsh")
      ->required()
      ->check(CLI::IsMember(std::vector<std::string>{"bash", "zsh"}));
  command->callback([shell, &app, &chosen] {
    chosen = [shell, &app] {
      std::cout << (*shell == "zsh" ? zsh_completion(app) : bash_completion(app));
      return kFinished;
    };
  });
}

}  // namespace dk::submit
