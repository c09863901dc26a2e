// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed_keras/trainer.hpp"

#include "base/files.hpp"
#include "distributed_keras/hand_over.hpp"
#include "distributed_keras/job_result.hpp"
#include "model/keras/model_file.hpp"
#include "model/keras/write_json.hpp"

#include <optional>
#include <thread>

namespace dk {
inline namespace trainers {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

/// A `cancel` is looked at between two of them.
constexpr std::chrono::milliseconds kPoll{250};
/// How long a supervisor may be away, and how soon it is asked again.
constexpr std::chrono::seconds kPatience{60};
constexpr std::chrono::milliseconds kRetryEvery{500};
constexpr const char* kModelFile = "model.json";

struct NamedSet {
  const char* name;
  const SampleSet* set;
};

std::vector<NamedSet> sets_of(const TrainingData& data) {
  std::vector<NamedSet> sets{{"train", &data.train}};
  if (data.validation) sets.push_back({"validation", &*data.validation});
  if (data.test) sets.push_back({"test", &*data.test});
  return sets;
}

}  // namespace

Trainer::Trainer(TrainerConfig config, std::string algorithm, Json parameters)
    : config_(std::move(config)),
      algorithm_(std::move(algorithm)),
      parameters_(std::move(parameters)) {}

Json Trainer::descriptor(const TrainingData& data, const std::filesystem::path& directory) const {
  Json algorithm = parameters_.is_object() ? parameters_ : Json::object();
  algorithm["name"] = algorithm_;
  Json sets = Json::object();
  for (const auto& [name, set] : sets_of(data))
    sets[name] = set->files() != nullptr ? *set->files() : array_set(directory, name);
  if (!data.transforms.empty()) sets["transform"] = data.transforms;
  Json job = {{"name", config_.name},
              {"model", (directory / kModelFile).string()},
              {"data", std::move(sets)},
              {"training",
               {{"algorithm", std::move(algorithm)},
                {"optimizer", config_.optimizer},
                {"loss", config_.loss},
                {"metrics", config_.metrics},
                {"batch_size", config_.batch_size},
                {"epochs", config_.epochs},
                {"workers", {{"min", 1}, {"max", config_.workers}}},
                {"parameter_servers", config_.parameter_servers}}},
              {"seed", config_.seed}};
  if (!config_.callbacks.empty()) job["training"]["callbacks"] = config_.callbacks;
  job.merge_patch(config_.descriptor);
  return job;
}

Result<void> Trainer::write_files(const TrainingData& data,
                                  const std::filesystem::path& directory) const {
  if (!parameters_.is_object()) {
    return fail(Errc::kInvalid, "parameters of {} are {}; allowed: an object such as {}",
                algorithm_, parameters_.dump(), R"({"window": 12})");
  }
  const auto text = model::write_keras_json(config_.model);
  DK_TRY(write_file_atomic(directory / kModelFile, std::as_bytes(std::span(text))));
  std::unique_ptr<model::Model> shapes;
  for (const auto& [name, set] : sets_of(data)) {
    if (set->arrays() == nullptr) continue;
    if (!shapes) {
      model::CompileConfig compile;
      compile.loss = config_.loss;
      compile.max_batch_size = 1;
      compile.training = false;
      DK_TRY_ASSIGN(shapes, model::Model::build(config_.model, compile));
    }
    DK_TRY(write_arrays(*shapes, *set->arrays(), directory, name));
  }
  return {};
}

void Trainer::take(const EventPage& page) {
  for (const auto& line : page.events) {
    auto event = Json::parse(line, nullptr, false);
    if (!event.is_object()) continue;
    outcome_ = std::move(event);
    if (on_event_) on_event_(outcome_);
  }
}

Result<void> Trainer::follow(Gateway& gateway) {
  std::uint64_t next = 0;
  bool asked_to_end = false;
  std::optional<Clock::time_point> away_since;
  while (true) {
    if (cancelled_ && !asked_to_end) {
      asked_to_end = true;
      // One that has ended by itself in the meantime tells so in its last event.
      if (const auto ended = gateway.cancel(job_); !ended && ended.error().code != Errc::kInvalid)
        return fail(ended.error());
    }
    const auto page = gateway.events(job_, next, kPoll);
    if (page) {
      away_since.reset();
      take(*page);
      next = page->next;
      if (page->ended) return {};
      continue;
    }
    if (page.error().code != Errc::kUnavailable) return fail(page.error());
    if (!away_since) away_since = Clock::now();
    if (Clock::now() - *away_since >= kPatience) return fail(page.error());
    std::this_thread::sleep_for(kRetryEvery);
  }
}

Result<std::unique_ptr<model::Model>> Trainer::train(const TrainingData& data, Cluster& cluster) {
  outcome_ = nullptr;
  cancelled_ = false;
  DK_TRY_ASSIGN(const auto files, HandOver::make(cluster.shared_directory()));
  DK_TRY(write_files(data, files.path()));
  std::error_code failed;
  const auto here = std::filesystem::current_path(failed);
  if (failed) return fail(Errc::kIo, "no current directory: {}", failed.message());
  Gateway& gateway = cluster.gateway();
  const auto started = Clock::now();
  DK_TRY_ASSIGN(
      job_,
      gateway.submit({descriptor(data, files.path()).dump(), config_.name, here.string(), {}}));
  DK_TRY(follow(gateway));
  training_time_ = Clock::now() - started;
  const auto end = outcome_.value("event", "");
  if (end == "cancelled") return fail(Errc::kCancelled, "job {} was cancelled", job_.value);
  if (end != "finished") {
    return fail(Errc::kInternal, "job {} failed: {}", job_.value,
                outcome_.value("reason", "the reason is not known"));
  }
  return trained_model(gateway, job_, config_.batch_size);
}

Result<std::unique_ptr<model::Model>> Trainer::train(const TrainingData& data) {
  DK_TRY_ASSIGN(const auto cluster, Cluster::embed({.cores = config_.workers}));
  return train(data, *cluster);
}

Result<std::unique_ptr<model::Model>> trained_model(Gateway& gateway, JobId job,
                                                    std::size_t batch_size) {
  DK_TRY_ASSIGN(const auto result, fetch_job_result(gateway, job));
  model::CompileConfig compile;
  compile.loss = result.spec.loss;
  compile.metrics = result.spec.metrics;
  compile.max_batch_size = batch_size;
  return model::build_model(result.file, compile);
}

}  // namespace trainers
}  // namespace dk
