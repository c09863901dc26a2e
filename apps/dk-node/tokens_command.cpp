// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/security/bundle.hpp"
#include "actors/security/tokens.hpp"
#include "apps/dk-node/commands.hpp"

#include <fmt/core.h>

#include <memory>

namespace dk {
namespace {

using namespace security;

struct Options {
  std::string certs;
  std::string name;
  std::string role;
  std::string expires;
};

/// A bundle: tokens without one would be shown in the clear.
Result<TokenFile*> open(const Options& options, std::unique_ptr<TokenFile>& owner) {
  DK_TRY(read_bundle(options.certs, WallClock::now()));
  owner = std::make_unique<TokenFile>(std::filesystem::path(options.certs) / TokenFile::kName);
  return owner.get();
}

Result<void> add(const Options& options) {
  std::unique_ptr<TokenFile> owner;
  DK_TRY_ASSIGN(auto* tokens, open(options, owner));
  DK_TRY_ASSIGN(const auto role, role_from(options.role));
  std::chrono::seconds lifetime = TokenFile::kLifetime;
  if (!options.expires.empty()) {
    DK_TRY_ASSIGN(lifetime, parse_duration(options.expires));
  }
  const auto now = WallClock::now();
  DK_TRY_ASSIGN(const auto text, tokens->add({options.name, role}, lifetime, now));
  fmt::print("{}\n", text);
  std::fflush(stdout);
  fmt::print(
      stderr,
      "'{}' may do what a {} may, until {}. The token is shown only now; save it to a file of "
      "mode 600 for dk-submit --token-file FILE.\n",
      options.name, options.role, iso_time(now + lifetime));
  return {};
}

Result<void> list(const Options& options) {
  std::unique_ptr<TokenFile> owner;
  DK_TRY_ASSIGN(auto* tokens, open(options, owner));
  DK_TRY_ASSIGN(const auto known, tokens->list());
  const auto now = WallClock::now();
  fmt::print("{:<20}  {:<9}  {:<20}  {}\n", "NAME", "ROLE", "ADDED", "EXPIRES");
  for (const auto& token : known) {
    fmt::print("{:<20}  {:<9}  {:<20}  {}{}\n", token.name, to_string(token.role),
               iso_time(token.added), iso_time(token.expires),
               token.expires <= now ? " (expired)" : "");
  }
  return {};
}

Result<void> revoke(const Options& options) {
  std::unique_ptr<TokenFile> owner;
  DK_TRY_ASSIGN(auto* tokens, open(options, owner));
  DK_TRY_ASSIGN(const auto count, tokens->revoke(options.name));
  fmt::print("{} token{} of '{}' revoked; a running node knows at its next request\n", count,
             count == 1 ? "" : "s", options.name);
  return {};
}

}  // namespace

void add_tokens_commands(CLI::App& app, Command& chosen) {
  auto* group = app.add_subcommand("tokens", "Who may use the HTTP API with a bearer token");
  group->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  const auto add_verb = [&](const char* verb, const char* about, const char* example,
                            Result<void> (*run)(const Options&)) {
    auto* command = group->add_subcommand(verb, about);
    command->footer(fmt::format("Example:\n  dk-node tokens {}", example));
    command
        ->add_option("--certs", options->certs,
                     "The bundle of the supervisor's machine (copy its tokens.json to those of "
                     "the standbys)")
        ->required();
    command->callback(
        [&chosen, options, run] { chosen = [options, run] { return exit_code(run(*options)); }; });
    return command;
  };
  auto* command = add_verb("add", "Make a token, and print it once",
                           "add ann --role submitter --certs n1-certs > ann.token", add);
  command->add_option("NAME", options->name, "Whose it is")->required();
  command->add_option("--role", options->role, "viewer, submitter or operator")->required();
  command->add_option("--expires", options->expires, "After which time: 90d (default), 12h, 30m");
  add_verb("list", "Names, roles and dates", "list --certs n1-certs", list);
  command =
      add_verb("revoke", "Take back all tokens of a name", "revoke ann --certs n1-certs", revoke);
  command->add_option("NAME", options->name, "Whose they are")->required();
}

}  // namespace dk
