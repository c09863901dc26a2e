// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/scalars.hpp"
#include "apps/dk-node/settings.hpp"

#include <array>

namespace dk {
namespace {

using Kind = SettingKey::Kind;

/// In quotes, which any text may be.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}
std::string endpoint(const Endpoint& at) {
  return quoted(fmt::format("{}:{}", at.host, at.port));
}
std::string endpoints(const std::vector<Endpoint>& all) {
  std::string text;
  for (const auto& at : all) text += (text.empty() ? "" : ", ") + endpoint(at);
  return "[" + text + "]";
}
std::string pairs(const std::map<std::string, std::string>& all) {
  std::string text;
  for (const auto& [name, value] : all)
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", quoted(name), quoted(value));
  return text.empty() ? "" : "{" + text + "}";
}

const std::array kKeys{
    SettingKey{"name", "--name", "NAME", "This node's name, unique in the cluster", Kind::kValue,
               [](const Settings& s) { return quoted(s.node.name); }},
    SettingKey{"data", "--data", "DIR", "Directory for all that must outlive the daemon",
               Kind::kValue, [](const Settings& s) { return quoted(s.node.data.string()); }},
    SettingKey{"listen", "--listen", "HOST:PORT",
               "Where other nodes reach this one, port 0 is any; a supervisor takes "
               "127.0.0.1:7301, others 127.0.0.1:0",
               Kind::kValue, [](const Settings& s) { return endpoint(s.node.listen); }},
    SettingKey{
        "advertise", "--advertise", "HOST",
        "The name or address that other nodes dial, when it is not the one of listen", Kind::kValue,
        [](const Settings& s) { return s.node.advertise.empty() ? "" : quoted(s.node.advertise); }},
    SettingKey{"supervisor", "--supervisor", "",
               "This node leads the cluster and serves the HTTP API", Kind::kSwitch,
               [](const Settings& s) { return fmt::format("{}", s.node.supervisor); }},
    SettingKey{"standby", "--standby", "",
               "This node keeps a copy of the supervisor's state and takes over when that is gone; "
               "with two or more of them, a majority of supervisor and standbys has to live",
               Kind::kSwitch, [](const Settings& s) { return fmt::format("{}", s.node.standby); }},
    SettingKey{"join", "--join", "HOST:PORT",
               "Where supervisor and standbys listen; once for each, and one that lives is enough",
               Kind::kList, [](const Settings& s) { return endpoints(s.node.join); }},
    SettingKey{"http", "--http", "HOST:PORT",
               "Where the HTTP API is served; a supervisor takes 127.0.0.1:7300, a standby "
               "127.0.0.1:0",
               Kind::kValue, [](const Settings& s) { return endpoint(s.node.http); }},
    SettingKey{"certs", "--certs", "BUNDLE",
               "This machine's bundle of certificates (dk-node certs issue): nodes and users are "
               "spoken to over TLS; needed off loopback",
               Kind::kValue,
               [](const Settings& s) {
                 return s.node.certs.empty() ? "" : quoted(s.node.certs.string());
               }},
    SettingKey{
        "drain_timeout", "--drain-timeout", "TIME",
        "For handing over what runs here, before it ends: seconds, or with a unit; 0: do not",
        Kind::kValue, [](const Settings& s) { return descriptor::duration_text(s.drain_timeout); }},
    SettingKey{"keep_jobs", "--keep-jobs", "N",
               "How many ended jobs a supervisor or standby remembers, with events and result",
               Kind::kValue, [](const Settings& s) { return std::to_string(s.node.keep_jobs); }},
    SettingKey{"labels", "--label", "NAME=VALUE",
               "What jobs may ask for with nodes, such as zone=cellar; once for each", Kind::kPairs,
               [](const Settings& s) { return pairs(s.node.labels); }},
    SettingKey{"limits.cores", "--cores", "N", "How many workers may run here", Kind::kValue,
               [](const Settings& s) { return std::to_string(s.node.cores); }},
    SettingKey{"limits.memory", "--memory", "SIZE",
               "What the executors here may use together; beyond it the largest is ended",
               Kind::kValue,
               [](const Settings& s) {
                 return s.node.memory_bytes == 0 ? "" : std::to_string(s.node.memory_bytes);
               }},
    SettingKey{"limits.disk", "--disk", "SIZE",
               "What checkpoints may use here; without it, what the file system has", Kind::kValue,
               [](const Settings& s) {
                 return s.node.disk_bytes == 0 ? "" : std::to_string(s.node.disk_bytes);
               }},
    SettingKey{"log.level", "--log-level", "LEVEL", "debug, info, warn or error", Kind::kValue,
               [](const Settings& s) { return s.log.level; }},
    SettingKey{"log.format", "--log-format", "FORMAT", "text, or json with an object per line",
               Kind::kValue, [](const Settings& s) { return s.log.format; }},
    SettingKey{
        "log.file", "--log-file", "FILE",
        "Where the log goes; standard error, which has errors anyway, without it", Kind::kValue,
        [](const Settings& s) { return s.log.file.empty() ? "" : quoted(s.log.file.string()); }},
    SettingKey{"log.max_size", "--log-max-size", "SIZE",
               "A log file of this size gets another name, and a new one is begun", Kind::kValue,
               [](const Settings& s) { return std::to_string(s.log.max_bytes); }},
    SettingKey{"log.keep", "--log-keep", "N", "How many such files are kept", Kind::kValue,
               [](const Settings& s) { return std::to_string(s.log.keep); }},
};

}  // namespace

std::span<const SettingKey> setting_keys() {
  return kKeys;
}

std::string effective_file(const ReadSettings& read) {
  std::string text;
  std::string_view section;
  for (std::size_t i = 0; i < kKeys.size(); ++i) {
    const auto& key = kKeys[i];
    auto name = key.path;
    const auto dot = name.find('.');
    const auto of = dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
    if (of != section && !of.empty()) text += fmt::format("{}:\n", of);
    section = of;
    if (!of.empty()) name.remove_prefix(dot + 1);
    const auto value = key.show(read.settings);
    const auto line =
        fmt::format("{}{}{}: {}", value.empty() ? "#" : "", of.empty() ? "" : "  ", name, value);
    text += fmt::format("{:<40}  # {}\n", line, read.origins[i]);
  }
  return text;
}

}  // namespace dk
