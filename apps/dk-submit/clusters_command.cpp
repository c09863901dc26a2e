// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/api_error.hpp"
#include "apps/dk-submit/clusters.hpp"
#include "apps/dk-submit/connection.hpp"

#include <iostream>

namespace dk::submit {
namespace {

using nlohmann::json;

json to_json(const Clusters& clusters) {
  auto list = json::array();
  for (const auto& cluster : clusters.all) {
    list.push_back({{"name", cluster.name},
                    {"default", cluster.name == clusters.default_name},
                    {"addresses", cluster.addresses},
                    {"token_file", cluster.token_file.string()},
                    {"ca_file", cluster.ca_file.string()},
                    {"certs", cluster.certs.string()}});
  }
  return list;
}

std::string user_of(const Cluster& cluster) {
  if (!cluster.token_file.empty()) return "token " + cluster.token_file.string();
  if (!cluster.certs.empty()) return "certificate " + cluster.certs.string();
  return "-";
}

std::string as_table(const Clusters& clusters) {
  std::string text = fmt::format("  {:<16}  {:<40}  {}\n", "NAME", "ADDRESSES", "USER");
  for (const auto& cluster : clusters.all) {
    std::string addresses;
    for (const auto& url : cluster.addresses) addresses += (addresses.empty() ? "" : ",") + url;
    text +=
        fmt::format("{} {:<16}  {:<40}  {}\n", cluster.name == clusters.default_name ? '*' : ' ',
                    cluster.name, addresses, user_of(cluster));
  }
  return text;
}

Result<int> list_clusters(const Globals& globals) {
  const auto file = clusters_file(process_environment);
  if (file.empty()) return fail(Errc::kInvalid, "neither XDG_CONFIG_HOME nor HOME is set");
  auto clusters = read_clusters(file);
  if (!clusters && clusters.error().code == Errc::kNotFound)
    return fail(Errc::kInvalid, "{} is not there; {}", file.string(), how_to_write_clusters("lab"));
  if (!clusters) return fail(clusters.error());
  std::cout << (globals.json ? api::to_line(to_json(*clusters)) + "\n" : as_table(*clusters));
  return kFinished;
}

}  // namespace

void add_cluster_commands(CLI::App& app, const Globals& globals, Action& chosen) {
  CLI::App* command =
      add_command(app, "clusters", "List the clusters of ~/.config/dk/clusters.yaml",
                  "dk-submit clusters\n  dk-submit list --cluster lab\n\n"
                  "The one with a star is taken where nothing else is said.");
  command->callback([&globals, &chosen] {
    chosen = [&globals] {
      const auto code = list_clusters(globals);
      return code ? *code : report(code.error(), globals.json);
    };
  });
}

}  // namespace dk::submit
