// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/pacing.hpp"

#include <algorithm>
#include <limits>

namespace dk {
namespace {

bool is_numbers(const nlohmann::json& json, std::size_t count) {
  return json.is_array() && json.size() == count &&
         std::ranges::all_of(json, [](const auto& item) { return item.is_number_unsigned(); });
}

}  // namespace

// -- Pacing -----------------------------------------------------------------------------

std::uint64_t Pacing::slowest() const {
  auto least = std::numeric_limits<std::uint64_t>::max();
  for (const auto& [worker, clock] : clocks_) least = std::min(least, clock);
  return clocks_.empty() ? 0 : least;
}

void Pacing::set_workers(const std::set<WorkerId>& workers) {
  std::erase_if(clocks_, [&](const auto& entry) { return !workers.contains(entry.first); });
  const auto start = slowest();
  for (const auto worker : workers) clocks_.try_emplace(worker, start);
}

void Pacing::contributed(WorkerId worker) {
  ++total_;
  if (const auto clock = clocks_.find(worker); clock != clocks_.end()) ++clock->second;
}

std::size_t Pacing::allowance(WorkerId worker, std::size_t held) const {
  const auto clock = clocks_.find(worker);
  if (rounds() || clock == clocks_.end()) return 0;
  if (total_ < pace_.warm_start) {
    // One worker, and no lease beyond the end of the warm start.
    if (clock != clocks_.begin()) return 0;
    const auto left = pace_.warm_start - total_;
    return left > held ? std::min<std::size_t>(left - held, ahead_ + 1 - std::min(held, ahead_ + 1))
                       : 0;
  }
  auto most = ahead_ + 1 - std::min(held, ahead_ + 1);
  if (pace_.kind == Pace::Kind::kBounded) {
    const auto limit = slowest() + pace_.staleness + 1;
    const auto begun = clock->second + held;
    most = std::min<std::size_t>(most, limit > begun ? limit - begun : 0);
  }
  return most;
}

nlohmann::json Pacing::to_json() const {
  auto clocks = nlohmann::json::array();
  for (const auto& [worker, clock] : clocks_) {
    clocks.push_back(nlohmann::json::array({worker.value, clock}));
  }
  return {{"total", total_}, {"clocks", std::move(clocks)}};
}

Result<void> Pacing::restore(const nlohmann::json& json) {
  const bool whole =
      json.is_object() && json.contains("total") && json.contains("clocks") &&
      json["total"].is_number_unsigned() && json["clocks"].is_array() &&
      std::ranges::all_of(json["clocks"], [](const auto& entry) { return is_numbers(entry, 2); });
  if (!whole) return fail(Errc::kCorrupt, "a job's pacing is not one: {}", json.dump());
  total_ = json["total"].get<std::uint64_t>();
  clocks_.clear();
  for (const auto& entry : json["clocks"]) {
    clocks_[WorkerId(entry[0].get<std::uint32_t>())] = entry[1].get<std::uint64_t>();
  }
  return {};
}

// -- Round ------------------------------------------------------------------------------

Round::Round(std::uint64_t number, std::uint32_t spare, std::vector<Member> members)
    : number_(number), spare_(spare), members_(std::move(members)) {
  std::ranges::sort(members_, {}, &Member::worker);
}

bool Round::has(WorkerId worker) const {
  return std::ranges::find(members_, worker, &Member::worker) != members_.end();
}

bool Round::contributed(WorkerId worker, Incarnation incarnation, std::uint64_t block,
                        std::uint64_t sequence) {
  const auto member = std::ranges::find(members_, worker, &Member::worker);
  if (closing_ || member == members_.end() || member->incarnation != incarnation ||
      member->block != block)
    return false;
  member->sequence = sequence;
  return true;
}

void Round::lost(WorkerId worker, Incarnation incarnation) {
  std::erase_if(members_, [&](const Member& member) {
    return member.worker == worker && member.incarnation == incarnation && member.sequence == 0;
  });
}

bool Round::ready() const {
  const auto in = static_cast<std::size_t>(
      std::ranges::count_if(members_, [](const Member& member) { return member.sequence > 0; }));
  return closing_ || (in > 0 && in + spare_ >= members_.size());
}

std::vector<Round::Member> Round::close() {
  std::vector<Member> late;
  std::ranges::copy_if(members_, std::back_inserter(late),
                       [](const Member& member) { return member.sequence == 0; });
  std::erase_if(members_, [](const Member& member) { return member.sequence == 0; });
  closing_ = true;
  return late;
}

nlohmann::json Round::to_json() const {
  auto members = nlohmann::json::array();
  for (const auto& member : members_) {
    members.push_back(nlohmann::json::array(
        {member.worker.value, member.incarnation.value, member.block, member.sequence}));
  }
  return {{"number", number_},
          {"spare", spare_},
          {"closing", closing_},
          {"members", std::move(members)}};
}

Result<Round> Round::from_json(const nlohmann::json& json) {
  const auto number = [&](const char* key) {
    return json.contains(key) && json[key].is_number_unsigned();
  };
  const bool whole =
      json.is_object() && number("number") && number("spare") && json.contains("closing") &&
      json["closing"].is_boolean() && json.contains("members") && json["members"].is_array() &&
      std::ranges::all_of(json["members"], [](const auto& entry) { return is_numbers(entry, 4); });
  if (!whole) return fail(Errc::kCorrupt, "a job's round is not one: {}", json.dump());
  std::vector<Member> members;
  for (const auto& entry : json["members"]) {
    members.push_back({WorkerId(entry[0].get<std::uint32_t>()),
                       Incarnation(entry[1].get<std::uint64_t>()), entry[2].get<std::uint64_t>(),
                       entry[3].get<std::uint64_t>()});
  }
  Round round(json["number"].get<std::uint64_t>(), json["spare"].get<std::uint32_t>(),
              std::move(members));
  round.closing_ = json["closing"].get<bool>();
  return round;
}

}  // namespace dk
