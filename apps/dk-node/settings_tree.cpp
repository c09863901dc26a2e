// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-node/settings_tree.hpp"

#include "actors/advertise.hpp"
#include "actors/api/loopback.hpp"
#include "actors/descriptor/labels.hpp"
#include "actors/descriptor/map_reader.hpp"
#include "actors/descriptor/scalars.hpp"
#include "actors/logic/memory_watch.hpp"
#include "actors/security/bundle.hpp"

#include <algorithm>

namespace dk {
namespace {

using descriptor::Faults;
using descriptor::MapReader;
using descriptor::Place;
using YamlNode = descriptor::Node;
using namespace std::chrono_literals;

constexpr auto kMostDrain = 24h;
constexpr std::uint64_t kLeastMemory = std::uint64_t{64} << 20;
constexpr std::uint64_t kMostMemory = std::uint64_t{1} << 40;
constexpr std::uint64_t kLeastDisk = std::uint64_t{256} << 20;
constexpr std::uint64_t kMostDisk = std::uint64_t{1} << 50;
constexpr std::uint64_t kLeastLog = std::uint64_t{4} << 10;
constexpr std::uint64_t kMostLog = std::uint64_t{1} << 40;
constexpr std::string_view kEndpoint = "HOST:PORT, such as 127.0.0.1:7301; port 0 is any";

class Reader {
 public:
  Reader(const YamlNode& root, const std::filesystem::path& base, const Machine& machine,
         Faults& faults)
      : root_(root), base_(base), machine_(machine), faults_(faults) {}

  Settings read();

 private:
  void read_limits(const YamlNode& node);
  void read_memory(const YamlNode& node);
  void read_disk(const YamlNode& node);
  void read_log(const YamlNode& node);
  [[nodiscard]] std::filesystem::path absolute(const YamlNode& node, const std::string& text) const;
  void read_endpoint(const YamlNode& node, const std::string& path, Endpoint& out);
  void read_join(const YamlNode& node);
  void read_path(MapReader& map, std::string_view key, std::filesystem::path& out,
                 std::string_view allowed);
  void read_drain(const YamlNode& node);
  void check_role(bool says_supervisor);
  void check_network();
  [[nodiscard]] Place place_of(std::string_view path) const {
    const YamlNode* found = find_setting(root_, path);
    return found == nullptr ? root_.place : found->place;
  }

  const YamlNode& root_;
  const std::filesystem::path& base_;
  const Machine& machine_;
  Faults& faults_;
  Settings settings_;
};

void Reader::read_endpoint(const YamlNode& node, const std::string& path, Endpoint& out) {
  const auto endpoint = node.kind == YamlNode::Kind::kScalar
                            ? parse_endpoint(node.text)
                            : Result<Endpoint>(fail(Errc::kInvalid, ""));
  if (endpoint) {
    out = *endpoint;
  } else {
    MapReader::refuse(node, path, kEndpoint, faults_);
  }
}

void Reader::read_join(const YamlNode& node) {
  constexpr std::string_view kDoor = "HOST:PORT of a supervisor or standby, such as n1.lan:7301";
  const auto door = [&](const YamlNode& item, const std::string& path) {
    const auto endpoint = parse_endpoint(item.text);
    if (item.kind != YamlNode::Kind::kScalar || !endpoint || endpoint->port == 0)
      return MapReader::refuse(item, path, kDoor, faults_);
    settings_.node.join.push_back(*endpoint);
  };
  if (node.kind != YamlNode::Kind::kList) return door(node, "join");
  for (std::size_t i = 0; i < node.items.size(); ++i)
    door(node.items[i], fmt::format("join[{}]", i));
}

void Reader::read_path(MapReader& map, std::string_view key, std::filesystem::path& out,
                       std::string_view allowed) {
  std::string text;
  map.text(key, text, MapReader::kOptional, allowed);
  if (text.empty()) return;
  out = absolute(*root_.find(key), text);
}

void Reader::read_drain(const YamlNode& node) {
  auto time = descriptor::to_duration(node);
  if (const auto seconds = descriptor::to_whole_number(node)) {
    time = std::chrono::seconds(std::min<std::uint64_t>(*seconds, 1'000'000));
  }
  if (time && *time <= kMostDrain) {
    settings_.drain_timeout = *time;
  } else {
    MapReader::refuse(node, "drain_timeout", "seconds, or a time such as 500ms, 30s, 2m, up to 24h",
                      faults_);
  }
}

void Reader::read_limits(const YamlNode& node) {
  MapReader map(node, "limits", faults_);
  auto& cores = settings_.node.cores;
  map.whole_number("cores", cores, 1, 4096);
  if (cores > machine_.cores) {
    MapReader::refuse(*node.find("cores"), "limits.cores",
                      fmt::format("a whole number from 1 to {}, which {} allows", machine_.cores,
                                  machine_.cores_by),
                      faults_);
  }
  if (const auto* value = map.value("memory")) read_memory(*value);
  if (const auto* value = map.value("disk")) read_disk(*value);
  map.refuse_unknown_keys();
}

void Reader::read_memory(const YamlNode& node) {
  const auto bytes = descriptor::to_bytes(node);
  const auto most = machine_.memory_bytes == 0 ? kMostMemory : machine_.memory_bytes;
  if (bytes && *bytes >= kLeastMemory && *bytes <= most) {
    settings_.node.memory_bytes = *bytes;
  } else {
    MapReader::refuse(node, "limits.memory",
                      fmt::format("a size from 64MiB to {}, which {} allows, such as 8GiB",
                                  bytes_text(most), machine_.memory_by),
                      faults_);
  }
}

void Reader::read_disk(const YamlNode& node) {
  const auto bytes = descriptor::to_bytes(node);
  if (bytes && *bytes >= kLeastDisk && *bytes <= kMostDisk) {
    settings_.node.disk_bytes = *bytes;
  } else {
    MapReader::refuse(node, "limits.disk", "a size from 256MiB to 1048576GiB, such as 20GiB",
                      faults_);
  }
}

void Reader::read_log(const YamlNode& node) {
  auto& log = settings_.log;
  MapReader map(node, "log", faults_);
  if (const auto* value = map.value("level"))
    log.level = descriptor::read_name(*value, "log.level", names_of_log_levels(), faults_);
  if (const auto* value = map.value("format"))
    log.format = descriptor::read_name(*value, "log.format", {"text", "json"}, faults_);
  std::string file;
  map.text("file", file, MapReader::kOptional, "the path of a file to write");
  if (!file.empty()) log.file = absolute(*node.find("file"), file);
  if (const auto* value = map.value("max_size")) {
    const auto bytes = descriptor::to_bytes(*value);
    if (bytes && *bytes >= kLeastLog && *bytes <= kMostLog) {
      log.max_bytes = *bytes;
    } else {
      MapReader::refuse(*value, "log.max_size", "a size from 4KiB to 1024GiB, such as 64MiB",
                        faults_);
    }
  }
  map.whole_number("keep", log.keep, 1, 1000);
  map.refuse_unknown_keys();
}

std::filesystem::path Reader::absolute(const YamlNode& node, const std::string& text) const {
  std::error_code ignored;
  const bool from_flag = node.place.line == 0;
  return (std::filesystem::absolute(from_flag ? "." : base_, ignored) / text).lexically_normal();
}

/// A daemon that nobody tells anything leads a cluster of its own on its machine.
void Reader::check_role(bool says_supervisor) {
  auto& node = settings_.node;
  const bool joins = find_setting(root_, "join") != nullptr;
  if (!says_supervisor) node.supervisor = !joins && !node.standby;
  if (node.supervisor && joins) {
    faults_.add(place_of("supervisor"),
                "supervisor and join contradict each other: a node either leads its cluster or "
                "joins one (with standby, if it is to take over one day)");
  } else if (node.supervisor && node.standby) {
    faults_.add(place_of("standby"),
                "supervisor and standby contradict each other: the supervisor of a cluster is its "
                "first candidate anyway");
  } else if (!node.supervisor && !joins) {
    faults_.add(place_of(node.standby ? "standby" : "supervisor"),
                "join is missing; allowed: HOST:PORT where a supervisor or standby listens, or "
                "supervisor: true for a cluster of its own");
  }
}

void Reader::check_network() {
  auto& node = settings_.node;
  if (find_setting(root_, "listen") == nullptr) node.listen = {"127.0.0.1", 0};
  if (find_setting(root_, "listen") == nullptr && node.supervisor) node.listen.port = 7301;
  if (find_setting(root_, "http") == nullptr) node.http = {"127.0.0.1", 0};
  if (find_setting(root_, "http") == nullptr && node.supervisor) node.http.port = 7300;
  if (is_wildcard(node.listen.host) && node.advertise.empty() && node.join.empty()) {
    faults_.add(place_of("listen"),
                fmt::format("listen is '{}:{}', which is every address of this machine, and "
                            "advertise is missing; allowed: the name or address that others dial",
                            node.listen.host, node.listen.port));
  }
  if (!node.certs.empty()) return;
  for (const auto& [key, host] :
       {std::pair("listen", node.listen.host), std::pair("http", node.http.host)}) {
    const bool serves = node.supervisor || node.standby || key == std::string_view("listen");
    if (!serves || api::is_loopback(host)) continue;
    auto dialled = is_wildcard(host) ? node.advertise : host;
    if (dialled.empty()) dialled = node.name;
    faults_.add(
        place_of(key),
        fmt::format("{} is off loopback (127.0.0.1), where a node needs certs. Once for the "
                    "cluster, once for each machine, and then with each node:\n{}",
                    key, security::how_to_make_bundles(node.name, dialled)));
    return;
  }
}

Settings Reader::read() {
  auto& node = settings_.node;
  node.name = machine_.name;
  node.cores = machine_.cores;
  node.data = machine_.data;
  // The system and the daemon itself need some.
  node.memory_bytes = machine_.memory_bytes - machine_.memory_bytes / 8;
  MapReader map(root_, "", faults_);
  // It stands in paths, URLs and certificates.
  map.text("name", node.name, MapReader::kOptional, descriptor::kNameRule);
  if (root_.find("name") != nullptr && !descriptor::is_name(node.name))
    MapReader::refuse(*root_.find("name"), "name", descriptor::kNameRule, faults_);
  read_path(map, "data", node.data, "the path of a directory");
  if (const auto* value = map.value("listen")) read_endpoint(*value, "listen", node.listen);
  constexpr std::string_view kHost = "a host's name or address, without a port, such as n1.lan";
  map.text("advertise", node.advertise, MapReader::kOptional, kHost);
  if (node.advertise.find_first_of(": /") != std::string::npos || is_wildcard(node.advertise))
    MapReader::refuse(*root_.find("advertise"), "advertise", kHost, faults_);
  map.flag("supervisor", node.supervisor);
  map.flag("standby", node.standby);
  if (const auto* value = map.value("join")) read_join(*value);
  if (const auto* value = map.value("http")) read_endpoint(*value, "http", node.http);
  read_path(map, "certs", node.certs, "the path of a bundle of certificates");
  if (const auto* value = map.value("drain_timeout")) read_drain(*value);
  map.whole_number("keep_jobs", node.keep_jobs, 10, 1'000'000);
  if (const auto* value = map.value("labels"))
    descriptor::read_labels(*value, "labels", node.labels, faults_);
  if (const auto* value = map.value("limits")) read_limits(*value);
  if (const auto* value = map.value("log")) read_log(*value);
  map.refuse_unknown_keys();
  check_role(root_.find("supervisor") != nullptr);
  check_network();
  return settings_;
}

}  // namespace

const YamlNode* find_setting(const YamlNode& root, std::string_view path) {
  const auto dot = path.find('.');
  const YamlNode* found = root.find(path.substr(0, dot));
  if (dot == std::string_view::npos || found == nullptr) return found;
  return found->find(path.substr(dot + 1));
}

Settings settings_of(const YamlNode& root, const std::filesystem::path& base,
                     const Machine& machine, Faults& faults) {
  return Reader(root, base, machine, faults).read();
}

}  // namespace dk
