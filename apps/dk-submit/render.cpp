// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/render.hpp"

#include "apps/dk-submit/format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <vector>

namespace dk::submit {
namespace {

using nlohmann::json;
using Line = std::string (*)(const json&);

std::string started(const json& e) {
  return fmt::format("started: {} and {} on {}; {} x {}; {}",
                     plural(number(e, "workers"), "worker"),
                     plural(number(e, "parameter_servers"), "parameter server"), list(e, "nodes"),
                     plural(number(e, "samples"), "sample"), plural(number(e, "epochs"), "epoch"),
                     plural(number(e, "parameters"), "parameter"));
}

std::string progress(const json& e) {
  const auto done = number(e, "samples_done").value_or(0);
  const auto total = number(e, "samples_total").value_or(0);
  return fmt::format("epoch {}/{}, {} of all: {} samples/s, loss {}, accuracy {}, {}, {} left",
                     count(number(e, "epoch")), count(number(e, "epochs")),
                     percent(total > 0 ? done / total : 0, 0),
                     count(number(e, "samples_per_second")), decimal(number(e, "loss")),
                     percent(number(e, "accuracy"), 1), plural(number(e, "workers"), "worker"),
                     duration(number(e, "eta_seconds")));
}

std::string epoch(const json& e) {
  return fmt::format(
      "epoch {} done in {}: loss {}, accuracy {}; {} visited, {} repeated, {} missed",
      count(number(e, "epoch")), duration(number(e, "seconds")), decimal(number(e, "loss")),
      percent(number(e, "accuracy"), 2), count(number(e, "visited")), count(number(e, "repeated")),
      count(number(e, "missed")));
}

std::string validation(const json& e) {
  return fmt::format("epoch {} validated: loss {}, accuracy {}", count(number(e, "epoch")),
                     decimal(number(e, "loss")), percent(number(e, "accuracy"), 2));
}

std::string evaluating(const json& e) {
  const auto done = number(e, "samples_done").value_or(0);
  const auto total = number(e, "samples_total").value_or(0);
  return fmt::format("{} data, {}: {} samples/s on {}, {} left", text(e, "data"),
                     percent(total > 0 ? done / total : 0, 0),
                     count(number(e, "samples_per_second")),
                     plural(number(e, "executors"), "machine"), duration(number(e, "eta_seconds")));
}

std::string checkpoint(const json& e) {
  return fmt::format("checkpoint {}: {}, {} in {}", count(number(e, "checkpoint")),
                     plural(number(e, "updates"), "update"), size_of_bytes(number(e, "bytes")),
                     duration(number(e, "seconds")));
}

std::string members(const json& e) {
  std::string result;
  if (const auto workers = list(e, "workers"); !workers.empty()) result += ", workers " + workers;
  if (const auto shards = list(e, "shards"); !shards.empty()) result += ", shards " + shards;
  return result;
}

std::string failure(const json& e) {
  std::string where = text(e, "node");
  if (number(e, "pid")) where += fmt::format(", pid {:.0f}", *number(e, "pid"));
  if (number(e, "incarnation")) {
    where += fmt::format(", incarnation {:.0f}", *number(e, "incarnation"));
  }
  std::string line =
      fmt::format("{} lost on {}{}: {}", text(e, "what"), where, members(e), text(e, "reason"));
  if (const auto ms = number(e, "detected_ms")) line += fmt::format(" (seen after {:.0f} ms)", *ms);
  return line;
}

std::string recovery(const json& e) {
  static const std::map<std::string, std::string> kActions{
      {"worker_restarted", "workers restarted"},
      {"promoted", "backup took over"},
      {"rolled_back", "rolled back"},
      {"reattached", "reattached"}};
  const auto action = kActions.find(text(e, "action"));
  std::string line =
      "recovered: " + (action != kActions.end() ? action->second : text(e, "action"));
  if (number(e, "checkpoint")) line += " to checkpoint " + count(number(e, "checkpoint"));
  if (e.contains("node")) line += " on " + text(e, "node");
  line += members(e);
  return fmt::format("{}; {} lost, {}", line, plural(number(e, "updates_lost"), "update"),
                     duration(number(e, "seconds")));
}

std::string last(const json& e) {
  const std::string kind = text(e, "event");
  std::string line =
      fmt::format("job {} {} {} {}", count(number(e, "job")), kind,
                  kind == "finished" ? "in" : "after", duration(number(e, "seconds")));
  if (kind == "failed") return line + ": " + text(e, "reason");
  return line + fmt::format(": {} samples/s", count(number(e, "samples_per_second")));
}

const std::map<std::string, Line>& lines() {
  static const std::map<std::string, Line> kLines{
      {"submitted",
       [](const json& e) {
         return fmt::format("job {} \"{}\" submitted", count(number(e, "job")), text(e, "name"));
       }},
      {"started", started},
      {"progress", progress},
      {"epoch", epoch},
      {"validation", validation},
      {"evaluating", evaluating},
      {"learning_rate",
       [](const json& e) {
         return fmt::format("learning rate {:.6g} from epoch {} on",
                            number(e, "learning_rate").value_or(0), count(number(e, "epoch")));
       }},
      {"stopped",
       [](const json& e) {
         return fmt::format("training ends after epoch {}: {}", count(number(e, "epoch")),
                            text(e, "reason"));
       }},
      {"saved", [](const json& e) { return "written: " + text(e, "path"); }},
      {"checkpoint", checkpoint},
      {"pruned",
       [](const json& e) {
         return fmt::format("checkpoint {} pruned", count(number(e, "checkpoint")));
       }},
      {"failure", failure},
      {"recovery", recovery},
      {"replicated",
       [](const json& e) {
         return fmt::format("replicated: {} on two machines each",
                            plural(number(e, "shards"), "parameter server"));
       }},
      {"supervisor_changed",
       [](const json& e) {
         return fmt::format("{} is the supervisor now, in place of {}", text(e, "node"),
                            text(e, "from"));
       }},
      {"queued", [](const json& e) { return "queued again: it was " + text(e, "was"); }},
      {"paused", [](const json& e) { return "paused: " + text(e, "reason"); }},
      {"resumed", [](const json&) { return std::string("resumed"); }},
      {"warning", [](const json& e) { return "warning: " + text(e, "message"); }},
      {"finished", last},
      {"failed", last},
      {"cancelled", last}};
  return kLines;
}

std::string result_line(const json& last_event, const char* part) {
  const json& values = member(last_event, part);
  if (values.empty()) return {};
  std::string line =
      fmt::format("  {:<6} loss {}  accuracy {}", part, decimal(number(values, "loss")),
                  percent(number(values, "accuracy"), 2));
  if (!values.is_object()) return {};
  const json accuracy = values.value("accuracy", json());
  const json& metrics = member(values, "metrics");
  if (metrics.is_object()) {
    for (const auto& [name, value] : metrics.items()) {
      if (value == accuracy && name.find("acc") != std::string::npos) continue;
      line += fmt::format("  {} {}", name, decimal(number(metrics, name.c_str())));
    }
  }
  return line + "\n";
}

std::string account_table(const json& account) {
  if (!account.is_array() || account.empty()) return {};
  std::string table =
      fmt::format("  {:>5} {:>12} {:>10} {:>8}\n", "epoch", "visited", "repeated", "missed");
  for (const auto& row : account) {
    table += fmt::format("  {:>5} {:>12} {:>10} {:>8}\n", count(number(row, "epoch")),
                         count(number(row, "visited")), count(number(row, "repeated")),
                         count(number(row, "missed")));
  }
  return table;
}

}  // namespace

Tone tone_of(const json& event) {
  static const std::map<std::string, Tone> kTones{{"failure", Tone::kBad},
                                                  {"failed", Tone::kBad},
                                                  {"recovery", Tone::kGood},
                                                  {"resumed", Tone::kGood},
                                                  {"stopped", Tone::kGood},
                                                  {"finished", Tone::kGood},
                                                  {"supervisor_changed", Tone::kGood},
                                                  {"warning", Tone::kWarning},
                                                  {"paused", Tone::kWarning},
                                                  {"cancelled", Tone::kWarning}};
  const auto found = kTones.find(text(event, "event"));
  return found == kTones.end() ? Tone::kPlain : found->second;
}

std::string coloured(const std::string& text, Tone tone) {
  static const std::map<Tone, const char*> kCodes{
      {Tone::kGood, "\x1b[32m"}, {Tone::kWarning, "\x1b[33m"}, {Tone::kBad, "\x1b[31m"}};
  const auto code = kCodes.find(tone);
  return code == kCodes.end() ? text : code->second + text + "\x1b[0m";
}

bool is_last(const json& event) {
  const std::string kind = text(event, "event");
  return kind == "finished" || kind == "failed" || kind == "cancelled";
}

std::string render_event(const json& event) {
  const auto line = lines().find(text(event, "event"));
  if (line != lines().end()) return line->second(event);
  return printable(event.dump(-1, ' ', false, json::error_handler_t::replace));
}

std::string render_bar(const json& progress, std::size_t width) {
  const auto done = number(progress, "samples_done").value_or(0);
  const auto total = number(progress, "samples_total").value_or(0);
  const double share = total > 0 ? std::clamp(done / total, 0.0, 1.0) : 0;
  const bool evaluates = text(progress, "event") == "evaluating";
  const std::string head = evaluates ? text(progress, "data") + " data "
                                     : fmt::format("epoch {}/{} ", count(number(progress, "epoch")),
                                                   count(number(progress, "epochs")));
  // In the order in which a narrow terminal keeps them.
  std::vector<std::string> parts{
      fmt::format(" {:>4}", percent(share, 0)),
      fmt::format("  {} samples/s", count(number(progress, "samples_per_second"))),
      "  ETA " + duration(number(progress, "eta_seconds"))};
  if (evaluates) {
    parts.push_back("  " + plural(number(progress, "executors"), "machine"));
  } else {
    parts.push_back("  loss " + decimal(number(progress, "loss")));
    parts.push_back("  accuracy " + percent(number(progress, "accuracy"), 1));
    parts.push_back("  " + plural(number(progress, "workers"), "worker"));
  }
  constexpr std::size_t kLeastBar = 10;
  constexpr std::size_t kMostBar = 30;
  std::string tail;
  for (const auto& part : parts) {
    if (head.size() + kLeastBar + 2 + tail.size() + part.size() > width) break;
    tail += part;
  }
  const std::size_t used = head.size() + tail.size() + 2;
  if (used + kLeastBar > width) return head.substr(0, width);
  const std::size_t cells = std::min(width - used, kMostBar);
  const auto full = static_cast<std::size_t>(std::floor(share * static_cast<double>(cells)));
  return head + "[" + std::string(full, '#') + std::string(cells - full, '.') + "]" + tail;
}

std::string render_summary(const json& last_event) {
  const json& updates = member(last_event, "updates");
  return fmt::format(
      "{}\n{}{}  restarts {}; updates {} applied, {} duplicates dropped, {} taken back, "
      "{} lost\n{}",
      render_event(last_event), result_line(last_event, "train"), result_line(last_event, "test"),
      count(number(last_event, "restarts")), count(number(updates, "applied")),
      count(number(updates, "duplicates_dropped")), count(number(updates, "taken_back")),
      count(number(updates, "lost")), account_table(member(last_event, "account")));
}

}  // namespace dk::submit
