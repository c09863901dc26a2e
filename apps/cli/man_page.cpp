// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/cli/man_page.hpp"

#include "base/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <string_view>

namespace dk::cli {
namespace {

/// Text as roff takes it: a line that begins with a dot or an apostrophe would be a request.
std::string escaped(std::string_view text) {
  std::string result;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) result += "\\&";
    line_begins = c == '\n';
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else {
      result += c;
    }
  }
  return result;
}

/// The names from the program's down to this one's, with `between` in between.
std::string full_name(const CLI::App& app, const char* between) {
  const auto* parent = app.get_parent();
  return parent == nullptr ? app.get_name()
                           : full_name(*parent, between) + between + app.get_name();
}

std::vector<const CLI::App*> shown_commands(const CLI::App& app) {
  std::vector<const CLI::App*> shown;
  for (const auto* command : app.get_subcommands({}))
    if (!command->get_group().empty()) shown.push_back(command);
  return shown;
}

std::string argument_of(const CLI::Option& option) {
  const bool flag = option.get_items_expected_max() == 0;
  if (flag) return {};
  auto type = option.get_type_name();
  // Behind a type of its own and a colon CLI11 has what is allowed, which the description says,
  // too.
  const auto colon = std::min(type.find(':'), type.size());
  constexpr std::array<std::string_view, 6> kTypes{"TEXT",  "INT",    "UINT",
                                                   "FLOAT", "NUMBER", "BOOLEAN"};
  if (std::ranges::count(kTypes, std::string_view(type).substr(0, colon)) > 0) type.erase(colon);
  return type.empty() || type.find_first_of(" {[") != std::string::npos ? "VALUE" : type;
}

std::string option_names(const CLI::Option& option) {
  std::string names;
  const auto add = [&names](const std::string& name) {
    names += (names.empty() ? "" : ", ") + fmt::format("\\fB{}\\fR", escaped(name));
  };
  for (const auto& name : option.get_snames()) add("-" + name);
  for (const auto& name : option.get_lnames()) add("--" + name);
  const auto argument = argument_of(option);
  return argument.empty() ? names : fmt::format("{} \\fI{}\\fR", names, escaped(argument));
}

std::string synopsis(const CLI::App& app) {
  std::string text = fmt::format("\\fB{}\\fR", escaped(full_name(app, " ")));
  if (!shown_commands(app).empty()) {
    const bool needed = app.get_require_subcommand_min() > 0;
    text += needed ? " \\fICOMMAND\\fR" : " [\\fICOMMAND\\fR]";
  }
  text += " [\\fIOPTIONS\\fR]";
  for (const auto* option : app.get_options()) {
    if (!option->get_positional()) continue;
    const auto name = fmt::format("\\fI{}\\fR", escaped(option->get_single_name()));
    text += option->get_required() ? " " + name : " [" + name + "]";
  }
  return text;
}

std::string section(const char* heading, const std::string& body) {
  return body.empty() ? body : fmt::format(".SH {}\n{}", heading, body);
}

std::string entry(const std::string& term, const std::string& meaning) {
  return fmt::format(".TP\n{}\n{}\n", term, escaped(meaning));
}

std::string footer_of(const CLI::App& app) {
  const auto& text = app.get_footer();
  return text.empty() ? std::string() : fmt::format(".nf\n{}\n.fi\n", escaped(text));
}

Result<void> write_all(const CLI::App& app, const std::filesystem::path& directory,
                       std::vector<std::string>& names) {
  const auto text = man_page(app);
  names.push_back(man_page_name(app));
  DK_TRY(write_file_atomic(directory / names.back(), std::as_bytes(std::span(text))));
  for (const auto* command : shown_commands(app)) DK_TRY(write_all(*command, directory, names));
  return {};
}

}  // namespace

std::string man_page_name(const CLI::App& app) {
  return full_name(app, "-") + ".1";
}

std::string man_page(const CLI::App& app) {
  auto title = full_name(app, "-");
  std::ranges::transform(title, title.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  std::string arguments;
  std::string options;
  for (const auto* option : app.get_options()) {
    if (option->get_positional()) {
      arguments += entry(fmt::format("\\fI{}\\fR", escaped(option->get_single_name())),
                         option->get_description());
    } else if (!option->get_group().empty()) {
      options += entry(option_names(*option), option->get_description());
    }
  }
  std::string commands;
  std::string related;
  if (const auto* parent = app.get_parent())
    related = fmt::format("\\fB{}\\fR(1)", escaped(full_name(*parent, "-")));
  for (const auto* command : shown_commands(app)) {
    commands +=
        entry(fmt::format("\\fB{}\\fR", escaped(command->get_name())), command->get_description());
    related += fmt::format("{}\\fB{}\\fR(1)", related.empty() ? "" : ",\n",
                           escaped(full_name(*command, "-")));
  }
  return fmt::format(".TH \"{}\" 1 \"\" \"Distributed Keras\" \"User Commands\"\n", title) +
         section("NAME", fmt::format("{} \\- {}\n", escaped(full_name(app, "-")),
                                     escaped(app.get_description()))) +
         section("SYNOPSIS", synopsis(app) + "\n") + section("ARGUMENTS", arguments) +
         section("COMMANDS", commands) + section("OPTIONS", options) +
         section("NOTES", footer_of(app)) +
         section("SEE ALSO", related.empty() ? related : related + "\n");
}

Result<std::vector<std::string>> write_man_pages(const CLI::App& app,
                                                 const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return fail(Errc::kIo, "{}: {}", directory.string(), error.message());
  std::vector<std::string> names;
  DK_TRY(write_all(app, directory, names));
  return names;
}

}  // namespace dk::cli
