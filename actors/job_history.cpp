// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/job_history.hpp"

#include "base/wall_time.hpp"

namespace dk {
namespace {

using nlohmann::json;

/// 0 when it has not happened.
std::int64_t ms_of(const json& record, const char* key) {
  const auto found = record.find(key);
  return found != record.end() && found->is_number() ? found->get<std::int64_t>() : 0;
}

json time_or_null(std::int64_t ms) {
  if (ms <= 0) return nullptr;
  return iso_time(ms);
}

json seconds(std::int64_t from_ms, std::int64_t to_ms) {
  if (from_ms <= 0 || to_ms < from_ms) return nullptr;
  return static_cast<double>(to_ms - from_ms) / 1000;
}

json part(const json& object, const char* key) {
  return object.is_object() ? object.value(key, json()) : json();
}

}  // namespace

json history_entry(const json& record, const std::string& submitter,
                   std::chrono::system_clock::time_point now) {
  const auto submitted = ms_of(record, "submitted_ms");
  const auto started = ms_of(record, "started_ms");
  const auto ended = ms_of(record, "ended_ms");
  const auto now_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  const auto until = ended > 0 ? ended : now_ms;
  const auto outcome = part(record, "outcome");
  const auto reason = part(record, "reason");
  return {{"id", part(record, "id")},
          {"name", part(record, "name")},
          {"submitter", submitter},
          {"state", part(record, "state")},
          {"submitted", part(record, "submitted")},
          {"started", time_or_null(started)},
          {"ended", time_or_null(ended)},
          {"queued_seconds", seconds(submitted, started > 0 ? started : until)},
          {"seconds", seconds(started, until)},
          {"restarts", record.value("restarts", 0)},
          {"reason", reason == "" ? json() : reason},
          {"loss", part(outcome, "loss")},
          {"accuracy", part(outcome, "accuracy")},
          {"test", part(outcome, "test")}};
}

bool may_have_failed(const json& entry) {
  return entry.value("restarts", 0) > 0 || entry.value("state", json()) == "failed";
}

json first_failure(const std::vector<std::string>& events) {
  for (const auto& line : events) {
    const auto event = json::parse(line, nullptr, false);
    if (part(event, "event") != "failure") continue;
    return {{"time", part(event, "time")},
            {"what", part(event, "what")},
            {"node", part(event, "node")},
            {"reason", part(event, "reason")},
            {"log", event.value("log", json::array())}};
  }
  return nullptr;
}

}  // namespace dk
