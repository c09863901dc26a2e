// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/security/authority.hpp"
#include "apps/dk-node/commands.hpp"
#include "base/files.hpp"

#include <fmt/core.h>

#include <memory>

namespace dk {
namespace {

using namespace security;

struct Options {
  std::string certs;
  std::string name;
  std::string user;
  std::vector<std::string> hosts;
  std::string out;
  std::string expires;
  std::string serial;
};

Result<std::chrono::seconds> lifetime(const Options& options, std::chrono::seconds otherwise) {
  if (options.expires.empty()) return otherwise;
  return parse_duration(options.expires);
}

Result<void> init(const Options& options) {
  DK_TRY_ASSIGN(const auto length, lifetime(options, AuthorityFolder::kLifetime));
  const auto now = WallClock::now();
  DK_TRY(AuthorityFolder::create(options.certs, options.name, length, now));
  fmt::print(
      "The authority '{}' is in {}, until {}.\nWhoever has its ca.key can join the cluster: keep "
      "the folder off the cluster's machines, and a copy of it.\nNext, for each machine: dk-node "
      "certs issue NAME --certs {} --host HOST --out BUNDLE\n",
      options.name, options.certs, iso_time(now + length), options.certs);
  return {};
}

Result<void> issue(const Options& options) {
  const auto now = WallClock::now();
  CertificateRequest request{options.name, Role::kNode, options.hosts, {}, now};
  if (!options.user.empty()) {
    DK_TRY_ASSIGN(request.role, role_from(options.user));
  }
  if ((request.role == Role::kNode) == options.hosts.empty() || options.user == "node") {
    return fail(Errc::kInvalid,
                "a certificate is a machine's (--host, once for each name or address under which "
                "other machines reach it) or a user's (--user viewer, submitter or operator)");
  }
  DK_TRY_ASSIGN(request.lifetime, lifetime(options, AuthorityFolder::kCertificateLifetime));
  DK_TRY(check_new_folder(options.out));
  DK_TRY_ASSIGN(auto authority, AuthorityFolder::open(options.certs));
  DK_TRY_ASSIGN(const auto bundle, authority.issue(request));
  DK_TRY(write_bundle(options.out, bundle));
  fmt::print("The bundle of '{}' is in {}, until {}.\n", options.name, options.out,
             iso_time(bundle.facts.not_after));
  if (request.role == Role::kNode) {
    fmt::print("Next: copy the folder to that machine and start `dk-node --certs {}` there.\n",
               options.out);
  } else {
    fmt::print("Next: `dk-submit --certs {} --supervisor https://HOST:PORT nodes`\n", options.out);
  }
  return {};
}

Result<void> show(const Options& options) {
  const auto now = WallClock::now();
  DK_TRY_ASSIGN(const auto text,
                read_file(std::filesystem::path(options.certs) / BundleFiles::kCertificate));
  DK_TRY_ASSIGN(const auto facts, facts_of(text, BundleFiles::kCertificate));
  const auto bundle = read_bundle(options.certs, now);
  fmt::print(
      "name     {} ({})\nhosts    {}\nissuer   {}\nserial   {}\nvalid    {} to {} ({} left)\n",
      facts.name, facts.organization,
      [&] {
        std::string hosts;
        for (const auto& host : facts.hosts) hosts += (hosts.empty() ? "" : ", ") + host;
        return hosts.empty() ? std::string("-") : hosts;
      }(),
      facts.issuer, facts.serial, iso_time(facts.not_before), iso_time(facts.not_after),
      time_left(facts.not_after, now));
  if (!bundle) return fail(bundle.error());
  if (bundle->revocations.empty()) {
    fmt::print("revoked  not known: there is no {}\n", BundleFiles::kRevocations);
    return {};
  }
  DK_TRY_ASSIGN(const auto revoked, read_revocation_list(bundle->revocations, bundle->authority,
                                                         BundleFiles::kRevocations));
  fmt::print("revoked  {} certificate{} of this authority, not this one\n", revoked.size(),
             revoked.size() == 1 ? "" : "s");
  return {};
}

Result<void> revoke(const Options& options) {
  DK_TRY_ASSIGN(auto authority, AuthorityFolder::open(options.certs));
  DK_TRY_ASSIGN(const auto revoked,
                authority.revoke(options.name, options.serial, WallClock::now()));
  for (const auto& facts : revoked) {
    fmt::print("revoked {} {} (would have been valid until {})\n", facts.name, facts.serial,
               iso_time(facts.not_after));
  }
  if (revoked.empty()) fmt::print("everything issued to '{}' was revoked before\n", options.name);
  fmt::print(
      "Next: copy {}/crl.pem into the bundle of every machine; running nodes read it by "
      "themselves.\n",
      options.certs);
  return {};
}

}  // namespace

void add_certs_commands(CLI::App& app, Command& chosen) {
  auto* certs = app.add_subcommand("certs", "Make, show and revoke certificates");
  certs->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  const auto add = [&](const char* verb, const char* about, const char* example,
                       Result<void> (*run)(const Options&)) {
    auto* command = certs->add_subcommand(verb, about);
    command->footer(fmt::format("Example:\n  dk-node certs {}", example));
    command->callback(
        [&chosen, options, run] { chosen = [options, run] { return exit_code(run(*options)); }; });
    return command;
  };
  const auto add_folder = [&](CLI::App* command) {
    command->add_option("--certs", options->certs, "The authority's folder")->required();
  };
  const auto add_expires = [&](CLI::App* command, const char* otherwise) {
    command->add_option(
        "--expires", options->expires,
        fmt::format("After which time: 365d, 12h, 30m or 45s (default {})", otherwise));
  };
  auto* command = add("init", "Make the cluster's own certificate authority, once",
                      "init --certs authority", init);
  add_folder(command);
  options->name = "dk-cluster";
  command->add_option("--name", options->name, "The authority's name")->capture_default_str();
  add_expires(command, "3650d");

  command = add("issue", "Make the bundle of a machine, or of a user",
                "issue n1 --certs authority --host n1.lan --host 10.0.0.7 --out n1-certs", issue);
  command->add_option("NAME", options->name, "Whose it is")->required();
  add_folder(command);
  command->add_option("--host", options->hosts,
                      "A name or address under which other machines and users reach it");
  command->add_option("--user", options->user,
                      "For a person or program at the HTTP API: viewer, submitter or operator");
  command->add_option("--out", options->out, "The folder to make")->required();
  add_expires(command, "365d");

  command = add("show", "Say whose a bundle is, for how long, and whether it is in order",
                "show n1-certs", show);
  command->add_option("BUNDLE", options->certs, "The bundle's folder")->required();

  command = add("revoke", "Take back what was issued to a machine or user",
                "revoke n1 --certs authority", revoke);
  command->add_option("NAME", options->name, "To whom it was issued")->required();
  add_folder(command);
  command->add_option("--serial", options->serial, "Only the one with this serial number");
}

}  // namespace dk
