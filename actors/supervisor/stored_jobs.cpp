// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/supervisor/supervisor_state.hpp"

namespace dk {
namespace {

std::string text_of(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Result<nlohmann::json> parse_record(JobId id, const Bytes& bytes) {
  auto record = nlohmann::json::parse(text_of(bytes), nullptr, false);
  if (!record.is_object() || !record.contains("state") || !record.contains("next_event"))
    return fail(Errc::kCorrupt, "the record of job {} is not one", id.value);
  return record;
}

/// Of a job of another version there is only the record.
Result<StoredJob> read_job(storage::StateStore& store, JobId id, const Bytes& bytes) {
  DK_TRY_ASSIGN(const auto record, parse_record(id, bytes));
  StoredJob job{id, text_of(bytes), {}, {}, {}};
  if (record.value("format", 0U) != kJobRecordFormat) return job;
  DK_TRY_ASSIGN(const auto submitter, store.value(submitter_key(id)));
  if (submitter) job.submitter = text_of(*submitter);
  DK_TRY_ASSIGN(const auto ledger, store.ledger(id));
  if (ledger) job.ledger = *ledger;
  DK_TRY_ASSIGN(auto scan, store.manifests(id));
  job.manifests = std::move(scan.good);
  job.refused_manifests = std::move(scan.refused);
  return job;
}

}  // namespace

Result<StoredJob> stored_job(storage::StateStore& store, JobId id) {
  DK_TRY_ASSIGN(const auto record, store.job(id));
  if (!record) return fail(Errc::kNotFound, "there is no job {}", id);
  return read_job(store, id, *record);
}

Result<std::deque<StoredJob>> unfinished_jobs(storage::StateStore& store, EventLog& log) {
  DK_TRY_ASSIGN(const auto records, store.jobs());
  std::deque<StoredJob> unfinished;
  for (const auto& [id, bytes] : records) {
    DK_TRY_ASSIGN(const auto record, parse_record(id, bytes));
    const bool over = is_over(record.at("state").get<std::string>());
    log.publish(id, {record.at("next_event").get<std::uint64_t>(), over});
    if (over) continue;
    DK_TRY_ASSIGN(auto job, read_job(store, id, bytes));
    unfinished.push_back(std::move(job));
  }
  return unfinished;
}

Result<std::set<std::string>> drained_nodes(storage::StateStore& store) {
  DK_TRY_ASSIGN(const auto value, store.value(kDrainedKey));
  if (!value) return std::set<std::string>{};
  const auto list = nlohmann::json::parse(text_of(*value), nullptr, false);
  if (!list.is_array() || !std::ranges::all_of(list, &nlohmann::json::is_string))
    return fail(Errc::kCorrupt, "the list of drained nodes is not one");
  return list.get<std::set<std::string>>();
}

}  // namespace dk
