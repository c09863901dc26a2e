// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/local_gateway.hpp"

#include "actors/api/api_error.hpp"
#include "actors/api/job_request.hpp"
#include "actors/defaults.hpp"
#include "actors/descriptor/job_model.hpp"
#include "actors/error.hpp"
#include "actors/job_history.hpp"
#include "actors/stored_checkpoints.hpp"
#include "model/keras/write_json.hpp"

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace dk {
namespace {

constexpr std::size_t kEventsPerPage = 1000;
constexpr std::size_t kForgottenAtOnce = 4;

class LocalGateway : public Gateway {
 public:
  LocalGateway(caf::actor_system& system, LocalSupervisorActor supervisor,
               std::shared_ptr<storage::StateStore> state,
               std::shared_ptr<storage::ChunkStore> chunks, std::shared_ptr<EventLog> log,
               std::size_t keep_jobs, std::function<std::optional<Elsewhere>()> elsewhere)
      : system_(system),
        supervisor_(std::move(supervisor)),
        state_(std::move(state)),
        chunks_(std::move(chunks)),
        log_(std::move(log)),
        keep_jobs_(keep_jobs),
        elsewhere_(std::move(elsewhere)) {}

  std::optional<Elsewhere> elsewhere() override { return elsewhere_ ? elsewhere_() : std::nullopt; }

  Result<JobId> submit(const JobRequest& request) override {
    DK_TRY_ASSIGN(auto spec, read_descriptor(request.descriptor, request.source,
                                             request.base_directory, request.overrides));
    DK_TRY_ASSIGN(const auto facts, check_resources(spec));
    take_fitted(spec, facts);
    DK_TRY_ASSIGN(const auto id,
                  ask<JobId>(put_atom_v, std::make_shared<const SubmittedJob>(
                                             SubmittedJob{std::move(spec), facts, request.submitter,
                                                          api::to_line(api::to_json(request))})));
    forget_old_jobs();
    return id;
  }

  Result<std::string> submitter(JobId job) override {
    DK_TRY_ASSIGN(const auto name, state_->value(submitter_key(job)));
    if (name) return text_of(*name);
    DK_TRY(find_record(job));
    return std::string{};
  }

  Result<nlohmann::json> jobs() override {
    DK_TRY_ASSIGN(const auto records, state_->jobs());
    auto list = nlohmann::json::array();
    for (const auto& [id, bytes] : records) {
      DK_TRY_ASSIGN(const auto record, parse_record(id, bytes));
      DK_TRY_ASSIGN(auto name, submitter(id));
      list.push_back({{"id", id.value},
                      {"name", record.at("name")},
                      {"state", record.at("state")},
                      {"priority", record.at("spec").value("priority", 50U)},
                      {"submitted", record.at("submitted")},
                      {"submitter", std::move(name)}});
    }
    std::ranges::reverse(list);
    return list;
  }

  Result<nlohmann::json> history(std::size_t limit) override {
    DK_TRY_ASSIGN(auto records, state_->jobs());
    auto list = nlohmann::json::array();
    for (auto at = records.rbegin(); at != records.rend() && list.size() < limit; ++at) {
      DK_TRY_ASSIGN(const auto record, parse_record(at->first, at->second));
      DK_TRY_ASSIGN(const auto name, submitter(at->first));
      auto entry = history_entry(record, name, std::chrono::system_clock::now());
      DK_TRY_ASSIGN(entry["first_cause"],
                    may_have_failed(entry) ? first_cause(at->first) : nlohmann::json());
      list.push_back(std::move(entry));
    }
    return list;
  }

  Result<JobRequest> request(JobId job) override {
    DK_TRY_ASSIGN(const auto text, state_->value(request_key(job)));
    if (text) return api::parse_job_request(text_of(*text));
    DK_TRY(find_record(job));
    return fail(Errc::kNotFound,
                "what was handed in as job {} was not kept: that version of the "
                "supervisor did not",
                job.value);
  }

  Result<nlohmann::json> status(JobId job) override {
    auto live = ask<std::string>(get_atom_v, job);
    if (live) return nlohmann::json::parse(*live, nullptr, false);
    if (live.error().code != Errc::kNotFound && live.error().code != Errc::kUnavailable)
      return fail(live.error());
    DK_TRY_ASSIGN(const auto record, find_record(job));
    if (record.contains("outcome")) return record.at("outcome");
    return nlohmann::json{{"id", job.value},
                          {"name", record.at("name")},
                          {"state", record.at("state")},
                          {"submitted", record.at("submitted")}};
  }

  Result<void> cancel(JobId job) override {
    DK_TRY_ASSIGN(const auto record, find_record(job));
    auto cancelled = ask<bool>(stop_atom_v, job);
    if (cancelled) return {};
    // Between its last event and the end of its actor a job is out of reach: it has ended, too.
    if (cancelled.error().code != Errc::kNotFound && cancelled.error().code != Errc::kUnavailable) {
      return fail(cancelled.error());
    }
    return fail(Errc::kInvalid, "job {} has ended already: {}", job.value,
                record.at("state").get<std::string>());
  }

  Result<void> resume(JobId job) override {
    DK_TRY_ASSIGN(auto stored, stored_job(*state_, job));
    DK_TRY(ask<bool>(resume_atom_v, std::make_shared<const StoredJob>(std::move(stored))));
    return {};
  }

  Result<nlohmann::json> nodes() override {
    DK_TRY_ASSIGN(const auto text, ask<std::string>(get_atom_v));
    return nlohmann::json::parse(text, nullptr, false);
  }

  Result<void> drain(const std::string& node, bool on) override {
    DK_TRY(ask<bool>(drain_atom_v, node, on));
    return {};
  }

  Result<EventPage> events(JobId job, std::uint64_t from,
                           std::chrono::milliseconds timeout) override {
    DK_TRY(find_record(job));
    const auto position = log_->wait(job, from, timeout);
    DK_TRY_ASSIGN(auto lines, state_->events(job, from, kEventsPerPage));
    const auto next = from + lines.size();
    return EventPage{std::move(lines), next, position.ended && next >= position.next};
  }

  Result<std::string> architecture(JobId job) override {
    DK_TRY_ASSIGN(const auto json, spec(job));
    DK_TRY_ASSIGN(const auto parsed, job_spec_from_json(json));
    DK_TRY_ASSIGN(const auto architecture, delivered_architecture(parsed));
    return model::write_keras_json(architecture);
  }

  Result<nlohmann::json> spec(JobId job) override {
    DK_TRY_ASSIGN(const auto record, find_record(job));
    return record.at("spec");
  }

  Result<Bytes> weights(JobId job) override {
    DK_TRY_ASSIGN(const auto record, find_record(job));
    DK_TRY_ASSIGN(const auto scan, state_->manifests(job));
    if (scan.good.empty())
      return fail(Errc::kUnavailable, "job {} has no checkpoint yet", job.value);
    // A callback may have chosen another one than the newest.
    const auto chosen = std::ranges::find(scan.good, CheckpointId(final_checkpoint(record)),
                                          &storage::Manifest::checkpoint);
    return weights_in(chosen == scan.good.end() ? scan.good.front() : *chosen, record);
  }

  Result<Bytes> checkpoint_weights(JobId job, CheckpointId checkpoint) override {
    DK_TRY_ASSIGN(const auto record, find_record(job));
    DK_TRY_ASSIGN(const auto manifest, stored().find(job, checkpoint));
    return weights_in(manifest, record);
  }

  Result<nlohmann::json> checkpoints(JobId job) override {
    DK_TRY_ASSIGN(const auto record, find_record(job));
    return stored().list(job, record);
  }

  Result<nlohmann::json> verify_checkpoint(JobId job, CheckpointId checkpoint, std::uint64_t first,
                                           std::uint64_t limit) override {
    DK_TRY(find_record(job));
    return stored().verify(job, checkpoint, first, limit);
  }

  Result<nlohmann::json> prune_checkpoints(JobId job,
                                           const std::vector<CheckpointId>& ids) override {
    DK_TRY_ASSIGN(const auto record, find_record(job));
    return stored().prune(job, record, ids);
  }

 private:
  static std::string text_of(const Bytes& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  Result<nlohmann::json> first_cause(JobId job) {
    for (std::uint64_t from = 0;;) {
      DK_TRY_ASSIGN(const auto lines, state_->events(job, from, kEventsPerPage));
      if (lines.empty()) return nlohmann::json();
      if (auto cause = first_failure(lines); !cause.is_null()) return cause;
      from += lines.size();
    }
  }

  /// A few at a time: whoever hands a job in waits for it.
  void forget_old_jobs() {
    auto old = log_->ended_beyond(keep_jobs_);
    old.resize(std::min(old.size(), kForgottenAtOnce));
    for (const auto id : old) {
      if (const auto gone = forget(id); !gone)
        return spdlog::warn("job {} is not forgotten yet: {}", id, gone.error().message);
    }
    // Of all jobs before, too: a machine may have been away when they were forgotten.
    if (!old.empty()) stored().drop_jobs(old.back(), log_->jobs_up_to(old.back()));
  }

  Result<void> forget(JobId job) {
    DK_TRY_ASSIGN(auto stored_one, stored_job(*state_, job));
    DK_TRY(ask<bool>(drop_atom_v, std::make_shared<const StoredJob>(std::move(stored_one))));
    log_->forget(job);
    return {};
  }

  StoredCheckpoints stored() { return {system_, supervisor_, *state_, *chunks_}; }

  Result<Bytes> weights_in(const storage::Manifest& manifest, const nlohmann::json& record) {
    DK_TRY_ASSIGN(const auto spec, job_spec_from_json(record.at("spec")));
    DK_TRY_ASSIGN(const auto model, build_delivered_model(spec));
    DK_TRY_ASSIGN(const auto floats, stored().read(manifest, model->parameter_count()));
    DK_TRY(set_delivered_weights(spec, floats, *model));
    const auto weights = std::as_bytes(std::span<const float>(model->parameters()));
    return Bytes(weights.begin(), weights.end());
  }

  static std::uint64_t final_checkpoint(const nlohmann::json& record) {
    const auto found = record.find("final_checkpoint");
    return found == record.end() || found->is_null() ? 0 : found->get<std::uint64_t>();
  }

  template <class T, class... Args>
  Result<T> ask(Args... args) {
    caf::scoped_actor self{system_};
    Result<T> result = fail(Errc::kUnavailable, "the supervisor did not answer");
    self->request(supervisor_, defaults::kControlTimeout, std::move(args)...)
        .receive([&](T& value) { result = std::move(value); },
                 [&](const caf::error& why) { result = fail(from_caf(why)); });
    return result;
  }

  static Result<nlohmann::json> parse_record(JobId job, const Bytes& bytes) {
    auto record = nlohmann::json::parse(text_of(bytes), nullptr, false);
    if (!record.is_object())
      return fail(Errc::kCorrupt, "the record of job {} is not one", job.value);
    return record;
  }

  Result<nlohmann::json> find_record(JobId job) {
    DK_TRY_ASSIGN(const auto record, state_->job(job));
    if (record) return parse_record(job, *record);
    return fail(Errc::kNotFound, "there is no job {}", job.value);
  }

  caf::actor_system& system_;
  LocalSupervisorActor supervisor_;
  std::shared_ptr<storage::StateStore> state_;
  std::shared_ptr<storage::ChunkStore> chunks_;
  std::shared_ptr<EventLog> log_;
  std::size_t keep_jobs_;
  std::function<std::optional<Elsewhere>()> elsewhere_;
};

}  // namespace

std::unique_ptr<Gateway> make_local_gateway(caf::actor_system& system,
                                            LocalSupervisorActor supervisor,
                                            std::shared_ptr<storage::StateStore> state,
                                            std::shared_ptr<storage::ChunkStore> chunks,
                                            std::shared_ptr<EventLog> log, std::size_t keep_jobs,
                                            std::function<std::optional<Elsewhere>()> elsewhere) {
  return std::make_unique<LocalGateway>(system, std::move(supervisor), std::move(state),
                                        std::move(chunks), std::move(log), keep_jobs,
                                        std::move(elsewhere));
}

}  // namespace dk
