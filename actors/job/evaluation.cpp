// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/feature_rows.hpp"
#include "actors/error.hpp"
#include "actors/job/job_state.hpp"
#include "actors/runtime_config.hpp"

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <sstream>

namespace dk {
namespace {

/// Answers that wait for the disk; more executors are not asked then.
constexpr std::uint32_t kMostUnwritten = 16;

const char* name_of(const JobEvaluation& evaluation) {
  return evaluation.on_validation ? "validation" : "test";
}

}  // namespace

void JobState::evaluate_on(const storage::Manifest& manifest, bool on_validation,
                           std::function<void(const nlohmann::json&)> then) {
  const bool same = evaluation && evaluation->checkpoint == manifest.checkpoint &&
                    evaluation->on_validation == on_validation;
  if (!same && !begin_evaluation(manifest.checkpoint, on_validation)) return;
  evaluation->then = std::move(then);
  evaluation->paused = false;
  continue_evaluation();
}

bool JobState::begin_evaluation(CheckpointId checkpoint, bool on_validation) {
  drop_evaluation();
  const auto rows = on_validation ? facts.validation_samples : facts.test_samples;
  if (rows == 0) {
    end("failed", "it is not known how many rows there are to evaluate");
    return false;
  }
  const bool outputs = !on_validation && !spec.output_predictions.empty();
  const auto range_rows = rows_of_range(
      {rows, spec.batch_size, all_parameters(), outputs ? facts.outputs : std::uint64_t{0}});
  evaluation.emplace(JobEvaluation{++evaluations,
                                   checkpoint,
                                   on_validation,
                                   has_labels(on_validation ? *spec.validation : *spec.test),
                                   Scatter(rows, range_rows),
                                   {},
                                   false,
                                   {},
                                   {},
                                   0,
                                   false,
                                   now(),
                                   now()});
  if (outputs) {
    evaluation->predictions = spawn_blocking(self->system(), predictions_actor,
                                             std::make_shared<const JobSpec>(spec), rows);
  }
  return true;
}

void JobState::continue_evaluation() {
  if (!evaluation || evaluation->paused || !training()) return;
  if (evaluation->scatter.complete()) {
    if (evaluation->writing > 0) return;
    if (evaluation->predictions) return close_predictions();
    return finish_evaluation();
  }
  std::set<Incarnation> present;
  for (const auto& [incarnation, executor] : executors) {
    if (executor.handle) present.insert(incarnation);
  }
  for (const auto incarnation : present) {
    if (!evaluation || evaluation->writing >= kMostUnwritten) return;
    if (evaluation->resting.contains(incarnation)) continue;
    if (const auto range = evaluation->scatter.give(incarnation, present))
      ask_range(incarnation, *range);
  }
}

void JobState::ask_range(Incarnation executor, std::size_t number) {
  const auto* manifest = find_manifest(evaluation->checkpoint);
  if (manifest == nullptr) return end("failed", "the checkpoint that is evaluated is gone");
  const auto [first, count] = evaluation->scatter.range(number);
  self->request(executors.at(executor).handle, defaults::kEvaluateTimeout, evaluate_atom_v,
                Evaluate{place_of(*manifest), evaluation->on_validation, first, count,
                         evaluation->predictions != nullptr})
      .then(
          [this, executor, number, current = evaluation->number](const Evaluation& answer) {
            if (evaluation && evaluation->number == current)
              range_answered(executor, number, answer);
          },
          [this, executor, number, current = evaluation->number](const caf::error& why) {
            if (evaluation && evaluation->number == current)
              range_failed(executor, number, from_caf(why));
          });
}

void JobState::range_answered(Incarnation executor, std::size_t number, const Evaluation& answer) {
  const auto [first, count] = evaluation->scatter.range(number);
  const bool outputs = evaluation->predictions != nullptr;
  const bool whole = answer.samples == count &&
                     (!evaluation->labelled || answer.metrics.size() == metrics.sum_count()) &&
                     (!outputs || answer.outputs.size() == count * facts.outputs);
  if (!whole)
    return range_failed(executor, number, {Errc::kInvalid, "the answer is of other rows"});
  const bool counts =
      evaluation->scatter.take(executor, number, {answer.loss_sum, answer.samples, answer.metrics});
  if (counts && outputs) write_predictions(first, answer.outputs);
  continue_evaluation();
}

void JobState::range_failed(Incarnation executor, std::size_t number, const Error& why) {
  evaluation->resting.insert(executor);
  // Of one that is gone somebody will tell; the next tick asks another one.
  if (why.code == Errc::kUnavailable) return evaluation->scatter.release(executor);
  const auto [first, count] = evaluation->scatter.range(number);
  spdlog::warn("job {}: evaluation of rows {} to {} by executor {}: {}", config.job, first,
               first + count - 1, executor, why.message);
  if (!evaluation->scatter.fail(executor, number)) return continue_evaluation();
  end("failed",
      fmt::format("the {} data could not be evaluated: {}", name_of(*evaluation), why.message));
}

void JobState::write_predictions(std::uint64_t first, const Tensor& outputs) {
  ++evaluation->writing;
  self->request(evaluation->predictions, caf::infinite, put_atom_v, first, outputs)
      .then(
          [this, current = evaluation->number](bool) {
            if (!evaluation || evaluation->number != current) return;
            --evaluation->writing;
            continue_evaluation();
          },
          [this, current = evaluation->number](const caf::error& why) {
            if (!evaluation || evaluation->number != current) return;
            --evaluation->writing;
            predictions_failed(from_caf(why));
          });
}

void JobState::close_predictions() {
  if (std::exchange(evaluation->closing, true)) return;
  self->request(evaluation->predictions, caf::infinite, sync_atom_v)
      .then(
          [this, current = evaluation->number](const std::string& written) {
            if (!evaluation || evaluation->number != current) return;
            std::istringstream names(written);
            for (std::string name; std::getline(names, name);)
              emit({{"event", "saved"}, {"path", name}});
            stop_predictions();
            continue_evaluation();
          },
          [this, current = evaluation->number](const caf::error& why) {
            if (evaluation && evaluation->number == current) predictions_failed(from_caf(why));
          });
}

void JobState::predictions_failed(const Error& why) {
  if (!evaluation->predictions || phase == JobPhase::kEnded) return;
  const auto message = fmt::format("the predictions were not written: {}", why.message);
  // What was trained is worth more than they are.
  if (spec.epochs == 0) return end("failed", message);
  emit({{"event", "warning"}, {"message", message}});
  stop_predictions();
  continue_evaluation();
}

void JobState::stop_predictions() {
  self->send_exit(evaluation->predictions, caf::exit_reason::user_shutdown);
  evaluation->predictions = nullptr;
}

void JobState::finish_evaluation() {
  const auto done = std::move(*evaluation);
  evaluation.reset();
  const auto& total = done.scatter.total();
  const auto values = metrics.values(total.metrics);
  nlohmann::json found{{"loss", nullptr},
                       {"accuracy", JobMetrics::accuracy(values)},
                       {"metrics", values},
                       {"samples", total.samples}};
  if (done.labelled) found["loss"] = total.loss_sum / static_cast<double>(total.samples);
  if (auto tables = metrics.tables(total.metrics); !tables.empty())
    found["tables"] = std::move(tables);
  done.then(found);
}

void JobState::lose_evaluator(Incarnation executor) {
  if (!evaluation) return;
  evaluation->scatter.release(executor);
}

void JobState::forget_evaluation() {
  deciding = false;
  if (!evaluation) return;
  evaluation->scatter.release_all();
  evaluation->paused = true;
}

void JobState::drop_evaluation() {
  if (evaluation && evaluation->predictions) stop_predictions();
  evaluation.reset();
}

void JobState::tick_evaluation() {
  if (!evaluation || evaluation->paused) return;
  evaluation->resting.clear();
  continue_evaluation();
  if (!evaluation || now() - evaluation->told < defaults::kProgressEvery) return;
  evaluation->told = now();
  const auto done = evaluation->scatter.rows_done();
  const std::chrono::duration<double> took = now() - evaluation->began;
  const double rate = static_cast<double>(done) / took.count();
  nlohmann::json eta = nullptr;
  if (rate > 0) eta = static_cast<double>(evaluation->scatter.rows() - done) / rate;
  emit({{"event", "evaluating"},
        {"data", name_of(*evaluation)},
        {"samples_done", done},
        {"samples_total", evaluation->scatter.rows()},
        {"samples_per_second", rate},
        {"eta_seconds", eta},
        {"executors", std::ranges::count_if(executors, [](const auto& entry) {
           return entry.second.handle != nullptr;
         })}});
  flush();
}

}  // namespace dk
