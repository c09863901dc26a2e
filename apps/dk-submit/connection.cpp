// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/connection.hpp"

#include "actors/security/bundle.hpp"
#include "apps/dk-submit/clusters.hpp"
#include "base/files.hpp"

#include <cctype>
#include <cstdlib>

namespace dk::submit {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDefaultSupervisor = "http://127.0.0.1:7300";
constexpr std::size_t kLongestToken = 4096;

std::string variable(const Environment& environment, const char* name) {
  const char* value = environment(name);
  return value == nullptr ? std::string() : value;
}

std::string first_of(const std::string& option, const std::string& otherwise) {
  return option.empty() ? otherwise : option;
}

Result<std::string> read_token(const fs::path& file) {
  DK_TRY_ASSIGN(auto token, read_file(file, kLongestToken));
  DK_TRY(security::check_is_private(file));
  while (!token.empty() && std::isspace(static_cast<unsigned char>(token.back())) != 0)
    token.pop_back();
  if (token.empty()) return fail(Errc::kInvalid, "{} holds no token", file.string());
  return token;
}

Result<Connection> with_cluster(const Globals& globals, const Cluster& cluster,
                                std::string named_by) {
  Connection connection{{}, {}, std::move(named_by)};
  for (const auto& url : cluster.addresses)
    connection.urls += (connection.urls.empty() ? "" : ",") + url;
  connection.user.ca_file = first_of(globals.ca_file, cluster.ca_file);
  connection.user.certs = first_of(globals.certs, cluster.certs);
  const auto file = first_of(globals.token_file, cluster.token_file);
  if (!file.empty()) {
    DK_TRY_ASSIGN(connection.user.token, read_token(file));
  }
  return connection;
}

Result<Connection> with_environment(const Globals& globals, const Environment& environment,
                                    std::string urls, std::string named_by) {
  Connection connection{std::move(urls), {}, std::move(named_by)};
  connection.user.ca_file = first_of(globals.ca_file, variable(environment, "DK_CA_FILE"));
  connection.user.certs = first_of(globals.certs, variable(environment, "DK_CERTS"));
  const auto file = first_of(globals.token_file, variable(environment, "DK_TOKEN_FILE"));
  if (file.empty()) {
    connection.user.token = variable(environment, "DK_TOKEN");
  } else {
    DK_TRY_ASSIGN(connection.user.token, read_token(file));
  }
  return connection;
}

Result<Connection> named_cluster(const Globals& globals, const fs::path& file) {
  const auto clusters =
      file.empty() ? Result<Clusters>(fail(Errc::kNotFound, "no home")) : read_clusters(file);
  if (!clusters && clusters.error().code == Errc::kNotFound) {
    return fail(Errc::kInvalid,
                "--cluster {} is looked up in {}, which is not there; {}, or name the supervisor "
                "with --supervisor URL",
                globals.cluster, file.empty() ? "~/.config/dk/clusters.yaml" : file.string(),
                how_to_write_clusters(globals.cluster));
  }
  if (!clusters) return fail(clusters.error());
  DK_TRY_ASSIGN(const auto cluster, clusters->find(globals.cluster));
  return with_cluster(globals, cluster,
                      fmt::format("which is cluster '{}' of {}", cluster.name, file.string()));
}

}  // namespace

const char* process_environment(const char* name) {
  return std::getenv(name);
}

fs::path clusters_file(const Environment& environment) {
  const fs::path chosen = variable(environment, "XDG_CONFIG_HOME");
  // The XDG base directory specification has paths that are not absolute ignored.
  if (chosen.is_absolute()) return chosen / "dk" / "clusters.yaml";
  const fs::path home = variable(environment, "HOME");
  return home.is_absolute() ? home / ".config" / "dk" / "clusters.yaml" : fs::path();
}

Result<Connection> choose_connection(const Globals& globals, const Environment& environment) {
  if (!globals.supervisor.empty())
    return with_environment(globals, environment, globals.supervisor, "from --supervisor");
  const auto file = clusters_file(environment);
  if (!globals.cluster.empty()) return named_cluster(globals, file);
  if (const auto urls = variable(environment, "DK_SUPERVISOR"); !urls.empty())
    return with_environment(globals, environment, urls, "from DK_SUPERVISOR");
  std::error_code ignored;
  const bool there = !file.empty() && fs::exists(file, ignored);
  if (there) {
    DK_TRY_ASSIGN(const auto clusters, read_clusters(file));
    if (!clusters.default_name.empty()) {
      DK_TRY_ASSIGN(const auto cluster, clusters.find(clusters.default_name));
      return with_cluster(
          globals, cluster,
          fmt::format("which is '{}', the default of {}", cluster.name, file.string()));
    }
  }
  return with_environment(
      globals, environment, kDefaultSupervisor,
      fmt::format("the default (no --supervisor, no --cluster, DK_SUPERVISOR is not set, {} {})",
                  file.empty() ? "~/.config/dk/clusters.yaml" : file.string(),
                  there ? "has no default" : "is not there"));
}

}  // namespace dk::submit
