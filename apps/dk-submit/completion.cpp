// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/completion.hpp"

#include <fmt/format.h>

#include <cctype>

namespace dk::submit {
namespace {

/// A name for a shell function.
std::string identifier(const std::string& name) {
  std::string result = "_";
  for (const char c : name) result += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return result;
}

std::string words_after(const CLI::App& app) {
  std::string words;
  const auto add = [&words](const std::string& word) {
    words += (words.empty() ? "" : " ") + word;
  };
  for (const auto* command : app.get_subcommands({}))
    if (!command->get_group().empty()) add(command->get_name());
  for (const auto* each = &app; each != nullptr; each = each->get_parent()) {
    for (const auto* option : each->get_options()) {
      for (const auto& name : option->get_lnames()) {
        if (name != "help" || each == &app) add("--" + name);
      }
    }
  }
  return words;
}

/// One line of the script's `case`: the commands so far, and what may follow.
void add_cases(const CLI::App& app, const std::string& path, std::string& script) {
  script += "    '" + path + "') words='" + words_after(app) + "' ;;\n";
  for (const auto* command : app.get_subcommands({}))
    add_cases(*command, path + " " + command->get_name(), script);
}

void add_commands(const CLI::App& app, std::string& all) {
  for (const auto* command : app.get_subcommands({})) {
    if ((" " + all + " ").find(" " + command->get_name() + " ") == std::string::npos)
      all += (all.empty() ? "" : " ") + command->get_name();
    add_commands(*command, all);
  }
}

}  // namespace

std::string bash_completion(const CLI::App& app) {
  const auto& name = app.get_name();
  std::string commands;
  add_commands(app, commands);
  std::string cases;
  add_cases(app, name, cases);
  // Without a match the shell completes file names by itself.
  return fmt::format(R"({function}() {{
  local word path='{name}' words='' current="${{COMP_WORDS[COMP_CWORD]}}"
  for word in "${{COMP_WORDS[@]:1:$((COMP_CWORD - 1))}}"; do
    case ' {commands} ' in *" $word "*) path="$path $word" ;; esac
  done
  case $path in
{cases}  esac
  case $current in -*) ;; *) words="${{words%%--*}}" ;; esac
  COMPREPLY=( $(compgen -W "$words" -- "$current") )
}}
complete -o default -F {function} {name}
)",
                     fmt::arg("function", identifier(name)), fmt::arg("name", name),
                     fmt::arg("commands", commands), fmt::arg("cases", cases));
}

std::string zsh_completion(const CLI::App& app) {
  return "autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n" +
         bash_completion(app);
}

}  // namespace dk::submit
