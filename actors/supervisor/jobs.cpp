// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/defaults.hpp"
#include "actors/error.hpp"
#include "actors/logic/memory_watch.hpp"
#include "actors/supervisor/supervisor_state.hpp"
#include "base/wall_time.hpp"

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

namespace dk {
namespace {

/// What a job leaves that does not run.
JournalEntryPtr end_of(const StoredJob& job, const std::string& state, const std::string& reason) {
  auto record = nlohmann::json::parse(job.record);
  const auto next = record.at("next_event").get<std::uint64_t>();
  nlohmann::json event{{"event", state}, {"job", job.job.value}, {"time", iso_time(wall_ms())}};
  if (!reason.empty()) record["reason"] = event["reason"] = reason;
  record["state"] = state;
  record["next_event"] = next + 1;
  record["outcome"] = event;
  const auto text = record.dump();
  auto entry = std::make_shared<JournalEntry>();
  entry->batch.put_job(job.job, std::as_bytes(std::span(text)));
  entry->batch.append_event(job.job, next, event.dump());
  entry->job = job.job;
  entry->events = {next + 1, true};
  return entry;
}

}  // namespace

LocalJobActor SupervisorState::start(StoredJob job) {
  auto actor = self->spawn(
      job_actor, JobConfig{job.job, config.journal, self, std::move(job.record),
                           std::move(job.ledger), std::move(job.manifests),
                           std::move(job.refused_manifests), config.own_node, config.supervisors});
  self->monitor(actor);
  return actor;
}

Result<void> SupervisorState::check_memory(const SubmittedJob& job) const {
  const NodeInfo* largest = nullptr;
  for (const auto& node : nodes) {
    if (!node.alive || !std::ranges::includes(node.info.labels, job.spec.nodes)) continue;
    // Nobody counts its memory.
    if (node.info.memory_bytes == 0) return {};
    if (largest == nullptr || node.info.memory_bytes > largest->memory_bytes) largest = &node.info;
  }
  const auto needed = job.facts.worker_bytes;
  if (largest == nullptr || needed <= largest->memory_bytes) return {};
  return fail(
      Errc::kInvalid,
      "the model does not fit: a worker needs at least {} (weights, gradients, optimizer and "
      "the memory of a step), and no node{} has more than the {} of {}: {} too little; "
      "allowed: a smaller model or training.batch_size, or a node with a larger "
      "limits.memory",
      bytes_text(needed), job.spec.nodes.empty() ? "" : " with its labels",
      bytes_text(largest->memory_bytes), largest->name, bytes_text(needed - largest->memory_bytes));
}

caf::result<JobId> SupervisorState::submit(const SubmittedJobPtr& job) {
  if (const auto fits = check_memory(*job); !fits) return to_caf(fits.error());
  auto promise = self->make_response_promise<JobId>();
  self->request(config.journal, defaults::kControlTimeout, get_atom_v)
      .then(
          [this, job, promise](JobId id) mutable {
            auto entry = std::make_shared<JournalEntry>();
            auto record = new_job_record(id, job->spec, job->facts);
            const auto json = nlohmann::json::parse(record);
            entry->batch.put_job(id, std::as_bytes(std::span(record)));
            if (!job->submitter.empty())
              entry->batch.put_value(submitter_key(id), std::as_bytes(std::span(job->submitter)));
            if (!job->request.empty())
              entry->batch.put_value(request_key(id), std::as_bytes(std::span(job->request)));
            const nlohmann::json event{{"event", "submitted"},
                                       {"job", id.value},
                                       {"name", job->spec.name},
                                       {"time", json.at("submitted")}};
            entry->batch.append_event(id, 0, event.dump());
            std::uint64_t next = 1;
            for (const auto& note : job->facts.notes) {
              const nlohmann::json warning{{"event", "warning"},
                                           {"job", id.value},
                                           {"message", note},
                                           {"time", json.at("submitted")}};
              entry->batch.append_event(id, next++, warning.dump());
            }
            entry->job = id;
            entry->events = {next, false};
            self->request(config.journal, caf::infinite, put_atom_v,
                          JournalEntryPtr(std::move(entry)))
                .then(
                    [this, id, record, job, promise](bool) mutable {
                      queue.add({id, std::move(record), {}, {}, {}, job->submitter});
                      promise.deliver(id);
                      queue.advance(told);
                    },
                    [promise](const caf::error& why) mutable { promise.deliver(why); });
          },
          [promise](const caf::error& why) mutable { promise.deliver(why); });
  return promise;
}

caf::result<std::string> SupervisorState::status(JobId job) {
  if (const auto actor = queue.running(job)) return self->delegate(actor, get_atom_v);
  const auto* waiting = queue.waiting(job);
  if (waiting == nullptr)
    return to_caf({Errc::kNotFound, fmt::format("job {} does not run", job.value)});
  const auto record = nlohmann::json::parse(waiting->record);
  const nlohmann::json status{{"id", job.value},
                              {"name", record.at("name")},
                              {"state", record.at("state")},
                              {"priority", record.at("spec").value("priority", 50U)},
                              {"reason", queue.waits_for(job)},
                              {"submitted", record.at("submitted")}};
  return status.dump();
}

caf::result<bool> SupervisorState::cancel(JobId job) {
  if (const auto actor = queue.running(job)) return self->delegate(actor, stop_atom_v);
  const auto* waiting = queue.waiting(job);
  if (waiting == nullptr)
    return to_caf({Errc::kNotFound, fmt::format("job {} does not run", job.value)});
  auto entry = end_of(*waiting, "cancelled", "");
  queue.erase(job);
  queue.advance(told);
  return self->delegate(config.journal, put_atom_v, JournalEntryPtr(std::move(entry)));
}

caf::result<bool> SupervisorState::resume(const StoredJobPtr& job) {
  auto record = nlohmann::json::parse(job->record);
  const auto state_then = record.at("state").get<std::string>();
  if (queue.running(job->job) || queue.waiting(job->job) != nullptr || !is_over(state_then))
    return to_caf({Errc::kInvalid, fmt::format("job {} has not ended", job->job)});
  if (state_then == "finished")
    return to_caf({Errc::kInvalid, fmt::format("job {} has finished: there is nothing left of it "
                                               "to do; rerun begins it anew",
                                               job->job)});
  if (record.value("format", 0U) != kJobRecordFormat)
    return to_caf({Errc::kInvalid, fmt::format("job {} was left by another version of dk-node; "
                                               "rerun begins it anew",
                                               job->job)});
  if (!resuming.insert(job->job).second)
    return to_caf({Errc::kInvalid, fmt::format("job {} is being resumed already", job->job)});
  const auto next = record.at("next_event").get<std::uint64_t>();
  for (const auto* gone : {"outcome", "ended_ms"}) record.erase(gone);
  record.update({{"state", "queued"},
                 {"reason", ""},
                 {"live", false},
                 {"ended_ms", 0},
                 {"divergences", 0},
                 {"final_checkpoint", nullptr},
                 {"next_event", next + 1}});
  auto resumed = std::make_shared<StoredJob>(*job);
  resumed->record = record.dump();
  const nlohmann::json event{{"event", "queued"},
                             {"job", job->job.value},
                             {"was", state_then},
                             {"time", iso_time(wall_ms())}};
  auto entry = std::make_shared<JournalEntry>();
  entry->batch.put_job(job->job, std::as_bytes(std::span(resumed->record)));
  entry->batch.append_event(job->job, next, event.dump());
  entry->job = job->job;
  entry->events = {next + 1, false};
  auto promise = self->make_response_promise<bool>();
  self->request(config.journal, caf::infinite, put_atom_v, JournalEntryPtr(std::move(entry)))
      .then(
          [this, resumed, promise](bool) mutable {
            resuming.erase(resumed->job);
            queue.add(*resumed);
            promise.deliver(true);
            queue.advance(told);
          },
          [this, id = job->job, promise](const caf::error& why) mutable {
            resuming.erase(id);
            promise.deliver(why);
          });
  return promise;
}

/// A job that a supervisor of another version has left half done fails with that reason.
void SupervisorState::end_foreign_jobs() {
  const auto foreign = std::ranges::stable_partition(config.jobs, [](const StoredJob& job) {
    return nlohmann::json::parse(job.record).value("format", 0U) == kJobRecordFormat;
  });
  for (const auto& job : foreign) {
    const auto reason = fmt::format(
        "it was left by another version of dk-node, in a record of another format than "
        "{}",
        kJobRecordFormat);
    spdlog::error("job {} cannot go on: {}", job.job, reason);
    self->request(config.journal, caf::infinite, put_atom_v, end_of(job, "failed", reason))
        .then([](bool) {},
              // The next life of the supervisor does it again.
              [](const caf::error& why) { spdlog::warn("{}", from_caf(why).message); });
  }
  config.jobs.erase(foreign.begin(), foreign.end());
}

caf::result<bool> SupervisorState::drop_checkpoints(JobId job,
                                                    const std::vector<CheckpointId>& ids) {
  if (const auto actor = queue.running(job)) return self->delegate(actor, drop_atom_v, ids);
  if (queue.waiting(job) != nullptr)
    return to_caf({Errc::kUnavailable, fmt::format("job {} waits for its turn", job.value)});
  auto entry = std::make_shared<JournalEntry>();
  for (const auto id : ids) entry->batch.erase_manifest(job, id);
  return self->delegate(config.journal, put_atom_v, JournalEntryPtr(std::move(entry)));
}

caf::result<bool> SupervisorState::forget(const StoredJobPtr& job) {
  const auto record = nlohmann::json::parse(job->record);
  if (queue.running(job->job) || queue.waiting(job->job) != nullptr ||
      !is_over(record.at("state").get<std::string>()))
    return to_caf({Errc::kInvalid, fmt::format("job {} has not ended", job->job)});
  // For good: nobody resumes it now.
  if (!resuming.insert(job->job).second)
    return to_caf({Errc::kInvalid, fmt::format("job {} is being resumed", job->job)});
  auto entry = std::make_shared<JournalEntry>();
  entry->batch.erase_job(job->job, record.at("next_event").get<std::uint64_t>());
  for (const auto& manifest : job->manifests)
    entry->batch.erase_manifest(job->job, manifest.checkpoint);
  entry->batch.erase_value(submitter_key(job->job));
  entry->batch.erase_value(request_key(job->job));
  return self->delegate(config.journal, put_atom_v, JournalEntryPtr(std::move(entry)));
}

}  // namespace dk
