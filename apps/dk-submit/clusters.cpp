// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/clusters.hpp"

#include "actors/api/http_gateway.hpp"
#include "actors/descriptor/map_reader.hpp"
#include "base/did_you_mean.hpp"
#include "base/files.hpp"

#include <sys/stat.h>

#include <algorithm>

namespace dk::submit {
namespace {

namespace fs = std::filesystem;
using descriptor::Faults;
using descriptor::MapReader;
using descriptor::Node;

constexpr std::string_view kAddresses =
    "the addresses of supervisor and standbys, such as [https://n1.lan:7300]";

/// Who may write it can send the owner's token anywhere.
Result<void> check_only_owner_writes(const fs::path& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0 || (info.st_mode & (S_IWGRP | S_IWOTH)) == 0) return {};
  return fail(Errc::kInvalid, "{} can be written by others (mode {:04o}); `chmod go-w {}` mends it",
              file.string(), info.st_mode & 07777U, file.string());
}

void read_address(const Node& node, const std::string& path, Cluster& cluster, Faults& faults) {
  if (node.kind != Node::Kind::kScalar || node.text.find(',') != std::string::npos)
    return MapReader::refuse(node, path, kAddresses, faults);
  // Only looks at the address.
  if (const auto checked = HttpGateway::open(node.text); !checked)
    return faults.add(node.place, fmt::format("{}: {}", path, checked.error().message));
  cluster.addresses.push_back(node.text);
}

void read_addresses(MapReader& map, Cluster& cluster, Faults& faults) {
  const auto path = map.path_of("addresses");
  const Node* node = map.value("addresses", MapReader::kRequired, kAddresses);
  if (node == nullptr) return;
  if (node->kind != Node::Kind::kList) return read_address(*node, path, cluster, faults);
  if (node->items.empty()) MapReader::refuse(*node, path, kAddresses, faults);
  for (std::size_t i = 0; i < node->items.size(); ++i)
    read_address(node->items[i], fmt::format("{}[{}]", path, i), cluster, faults);
}

void read_path(MapReader& map, const char* key, const fs::path& base, fs::path& out) {
  std::string text;
  map.text(key, text, MapReader::kOptional, "a path");
  if (!text.empty()) out = (base / text).lexically_normal();
}

Cluster read_cluster(const Node& node, const fs::path& base, Faults& faults) {
  MapReader map(node, "clusters." + node.key, faults,
                "a mapping with the keys addresses, token_file, ca_file, certs");
  Cluster cluster;
  cluster.name = node.key;
  read_addresses(map, cluster, faults);
  read_path(map, "token_file", base, cluster.token_file);
  read_path(map, "ca_file", base, cluster.ca_file);
  read_path(map, "certs", base, cluster.certs);
  map.refuse_unknown_keys();
  return cluster;
}

std::vector<std::string> names_of(const Clusters& clusters) {
  std::vector<std::string> names;
  for (const auto& cluster : clusters.all) names.push_back(cluster.name);
  return names;
}

void read_all(const Node& root, Clusters& clusters, Faults& faults) {
  if (root.kind != Node::Kind::kMap)
    return faults.add(root.place, "the file has to have the key clusters, a mapping of names");
  MapReader map(root, "", faults);
  const Node* all = map.value("clusters", MapReader::kRequired, "a mapping of names to clusters");
  if (all != nullptr && all->kind != Node::Kind::kMap) {
    MapReader::refuse(*all, "clusters", "a mapping of names to clusters", faults);
  } else if (all != nullptr) {
    for (const auto& node : all->items)
      clusters.all.push_back(read_cluster(node, clusters.file.parent_path(), faults));
  }
  if (const Node* chosen = map.value("default"))
    clusters.default_name = read_name(*chosen, "default", names_of(clusters), faults);
  map.refuse_unknown_keys();
}

}  // namespace

Result<Cluster> Clusters::find(std::string_view name) const {
  const auto found = std::ranges::find(all, name, &Cluster::name);
  if (found != all.end()) return *found;
  return fail(Errc::kNotFound, "{} has no cluster '{}'{}", file.string(), name,
              did_you_mean(name, names_of(*this)));
}

std::string how_to_write_clusters(std::string_view name) {
  return fmt::format("write\n  clusters:\n    {}: {{addresses: [https://HOST:7300]}}\ninto it",
                     name);
}

Result<Clusters> read_clusters(const fs::path& file) {
  DK_TRY_ASSIGN(const auto text, read_file(file, descriptor::kMaxDescriptorBytes));
  DK_TRY(check_only_owner_writes(file));
  Clusters clusters{fs::absolute(file)};
  Faults faults;
  const auto root = descriptor::parse_yaml(text, file.string(), true, faults);
  if (root) read_all(*root, clusters, faults);
  if (!faults.empty()) return fail(faults.to_error());
  return clusters;
}

}  // namespace dk::submit
