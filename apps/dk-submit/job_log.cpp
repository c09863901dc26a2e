// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/job_log.hpp"

#include "actors/api/api_error.hpp"
#include "apps/dk-submit/format.hpp"
#include "apps/dk-submit/render.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace dk::submit {
namespace {

using nlohmann::json;

constexpr const char* kSupervisor = "supervisor";
constexpr const char* kExecutor = "executor";
constexpr const char* kWorker = "worker";
constexpr const char* kShard = "parameter-server";

const char* level_of(const json& event) {
  switch (tone_of(event)) {
    case Tone::kBad:
      return "error";
    case Tone::kWarning:
      return "warning";
    case Tone::kPlain:
    case Tone::kGood:
      break;
  }
  return "info";
}

bool has_items(const json& event, const char* key) {
  const auto found = event.find(key);
  return found != event.end() && found->is_array() && !found->empty();
}

json nodes_of(const json& event) {
  auto nodes = json::array();
  if (has_items(event, "nodes")) nodes = event["nodes"];
  if (const auto node = text(event, "node"); event.contains("node")) nodes.push_back(node);
  return nodes;
}

json workers_of(const json& event) {
  auto workers = json::array();
  if (has_items(event, "workers")) workers = event["workers"];
  if (const auto worker = event.find("worker"); worker != event.end() && worker->is_number())
    workers.push_back(*worker);
  return workers;
}

json roles_of(const json& event) {
  const auto kind = text(event, "event");
  auto roles = json::array();
  if (kind == "failure" && text(event, "what") == kExecutor) roles.push_back(kExecutor);
  if (!workers_of(event).empty()) roles.push_back(kWorker);
  if (has_items(event, "shards")) roles.push_back(kShard);
  if (roles.empty()) roles.push_back(kSupervisor);
  return roles;
}

bool is_progress(const json& event) {
  const auto kind = text(event, "event");
  return kind == "progress" || kind == "evaluating";
}

template <class T>
bool holds(const json& list, const T& wanted) {
  return std::ranges::any_of(list, [&](const json& item) { return item == wanted; });
}

class LogView : public View {
 public:
  LogView(std::ostream& out, std::ostream& notices, LogFilter filter, bool as_json)
      : out_(out), notices_(notices), filter_(std::move(filter)), json_(as_json) {}

  void event(const std::string& line) override {
    const auto event = json::parse(line, nullptr, false);
    if (!event.is_object()) return;
    disturbances_.add(event);
    if (fits(filter_, event)) {
      const auto entry = log_entry(event);
      out_ << (json_ ? api::to_line(entry) + "\n" : render_log_entry(entry)) << std::flush;
    }
    if (is_last(event) && !json_) out_ << disturbances_.summary() << std::flush;
  }
  void notice(const std::string& text) override { notices_ << printable(text) << std::endl; }

 private:
  std::ostream& out_;
  std::ostream& notices_;
  LogFilter filter_;
  bool json_;
  Disturbances disturbances_;
};

}  // namespace

const std::vector<std::string>& log_roles() {
  static const std::vector<std::string> kRoles{kSupervisor, kExecutor, kWorker, kShard};
  return kRoles;
}

json log_entry(const json& event) {
  auto log = json::array();
  if (has_items(event, "log")) log = event["log"];
  return {{"time", text(event, "time")},  {"level", level_of(event)},
          {"nodes", nodes_of(event)},     {"roles", roles_of(event)},
          {"workers", workers_of(event)}, {"text", render_event(event)},
          {"log", std::move(log)}};
}

bool fits(const LogFilter& filter, const json& event) {
  if (is_progress(event) && !filter.progress) return false;
  if (!filter.node.empty() && !holds(nodes_of(event), filter.node)) return false;
  if (!filter.role.empty() && !holds(roles_of(event), filter.role)) return false;
  return !filter.worker || holds(workers_of(event), *filter.worker);
}

std::string render_log_entry(const json& entry) {
  const auto nodes = list(entry, "nodes");
  std::string lines =
      fmt::format("{:<24}  {:<7}  {}{}{}\n", text(entry, "time"), text(entry, "level"), nodes,
                  nodes.empty() ? "" : ": ", text(entry, "text"));
  for (const auto& line : entry.value("log", json::array()))
    if (line.is_string()) lines += "    | " + printable(line.get<std::string>()) + "\n";
  return lines;
}

void Disturbances::add(const json& event) {
  const auto kind = text(event, "event");
  if (kind == "failure") {
    if (failures_++ == 0) first_ = event;
  }
  if (kind != "recovery") return;
  const auto action = text(event, "action");
  const auto known =
      std::ranges::find(actions_, action, &std::pair<std::string, std::size_t>::first);
  if (known == actions_.end()) {
    actions_.emplace_back(action, 1);
  } else {
    ++known->second;
  }
  seconds_ += number(event, "seconds").value_or(0);
  updates_lost_ += number(event, "updates_lost").value_or(0);
}

std::string Disturbances::summary() const {
  if (failures_ == 0) return {};
  std::string done;
  for (const auto& [action, times] : actions_)
    done += fmt::format("{}{} {}", done.empty() ? "" : ", ", action,
                        times == 1 ? "once" : fmt::format("{} times", times));
  return fmt::format("first cause: {} on {} at {}: {}\n{}; done: {}; {} lost, {} of recovery\n",
                     text(first_, "what"), text(first_, "node"), text(first_, "time"),
                     text(first_, "reason"), plural(static_cast<double>(failures_), "failure"),
                     done.empty() ? "nothing" : done, plural(updates_lost_, "update"),
                     duration(seconds_));
}

std::unique_ptr<View> make_log_view(std::ostream& out, std::ostream& notices, LogFilter filter,
                                    bool as_json) {
  return std::make_unique<LogView>(out, notices, std::move(filter), as_json);
}

}  // namespace dk::submit
