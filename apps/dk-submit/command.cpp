// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/command.hpp"

#include "actors/api/api_error.hpp"
#include "base/did_you_mean.hpp"

#include <iostream>
#include <string_view>
#include <vector>

namespace dk::submit {
namespace {

std::string unknown_word(const CLI::App& app, const std::string& word) {
  if (word.starts_with('-')) return fmt::format("unknown option '{}'", word);
  std::vector<std::string> names;
  for (const auto* command : app.get_subcommands({}))
    if (!command->get_group().empty()) names.push_back(command->get_name());
  const auto meant = closest(word, names);
  return fmt::format("unknown command '{}'{}", word,
                     meant.empty() ? "" : fmt::format(" (did you mean '{}'?)", meant));
}

/// CLI11's messages, without what we say better.
std::string in_our_words(std::string what) {
  constexpr std::string_view kConvert = "Could not convert: ";
  const auto equals = what.find(" = ");
  if (what.starts_with(kConvert) && equals != std::string::npos) {
    return fmt::format("{}: '{}' is not of the right kind",
                       what.substr(kConvert.size(), equals - kConvert.size()),
                       what.substr(equals + 3));
  }
  if (const auto hint = what.find("\nRun with --help"); hint != std::string::npos) what.erase(hint);
  if (what == "A subcommand is required") return "a command is missing";
  return what;
}

}  // namespace

int report(const Error& error, bool json) {
  if (json) {
    std::cerr << api::error_body(error) << "\n";
  } else {
    std::cerr << "dk-submit: " << error.message << "\n";
  }
  return error.code == Errc::kUnavailable ? kUnreachable : kBadRequest;
}

int report_usage(const CLI::App& app, const CLI::ParseError& error, bool json) {
  if (error.get_exit_code() == 0) return app.exit(error) == 0 ? kFinished : kBadRequest;
  const CLI::App* command = &app;
  std::string name = app.get_name();
  while (!command->get_subcommands().empty()) {
    command = command->get_subcommands().front();
    name += " " + command->get_name();
  }
  std::string what = error.what();
  const auto words = app.remaining();
  // CLI11 does not name a word that is no command.
  const bool nobody = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr &&
                      command == &app && !words.empty();
  if (nobody) what = unknown_word(app, words.front());
  return report({Errc::kInvalid, fmt::format("{}{}; see `{} --help`",
                                             command == &app ? "" : command->get_name() + ": ",
                                             in_our_words(what), name)},
                json);
}

CLI::Validator whole_number() {
  return CLI::Validator(
      [](const std::string& text) {
        const bool digits = !text.empty() && text.size() < 20 &&
                            text.find_first_not_of("0123456789") == std::string::npos;
        const bool positive = text.find_first_not_of('0') != std::string::npos;
        return digits && positive ? std::string()
                                  : fmt::format("'{}' is no whole number from 1", text);
      },
      "");
}

CLI::Option* add_job_argument(CLI::App& command, std::uint64_t& job) {
  return command.add_option("JOB", job, "The job's number")->check(whole_number())->type_name("");
}

CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& about,
                      const std::string& example) {
  CLI::App* command = app.add_subcommand(name, about);
  command->fallthrough();
  command->footer("Example:\n  " + example);
  return command;
}

}  // namespace dk::submit
