// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/api_error.hpp"
#include "apps/dk-submit/choose_arrays.hpp"
#include "apps/dk-submit/cluster_run.hpp"
#include "apps/dk-submit/evaluate.hpp"
#include "apps/dk-submit/model_source.hpp"
#include "apps/dk-submit/predictor.hpp"
#include "apps/dk-submit/progress.hpp"
#include "apps/dk-submit/render_evaluation.hpp"
#include "apps/dk-submit/source_options.hpp"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <limits>
#include <memory>

namespace dk::submit {
namespace {

constexpr const char* kExamples =
    "dk-submit evaluate 7\n"
    "  dk-submit evaluate --model m.keras --input test.csv\n"
    "  dk-submit evaluate --model m.keras --input t10k-images-idx3-ubyte.gz --label "
    "t10k-labels-idx1-ubyte.gz\n"
    "  dk-submit evaluate 7 --on-cluster\n"
    "\n"
    "Without --input: on the test set of the job, or of --descriptor, else on its training set. "
    "Rows\n"
    "go through the transforms that are saved with the model; a file without any takes them as\n"
    "they are. Columns of a .csv are those of the training, if they are not named.";

struct EvaluateOptions {
  ModelSource model;
  SourceOptions source;
  ClusterOptions cluster;
};

/// The rows, as the model takes them.
Result<storage::DataConfig> data_of(const EvaluateOptions& options, const TrainedModel& trained) {
  DK_TRY_ASSIGN(const auto saved, saved_pipeline(trained));
  storage::DataConfig data;
  if (trained.spec) data = trained.spec->test.value_or(trained.spec->train);
  if (saved) data.transforms = saved->config();
  if (options.source.files.empty()) {
    if (trained.spec) return data;
    return fail(Errc::kInvalid,
                "name the data with --input FILE, or a job descriptor with "
                "--descriptor FILE");
  }
  auto source = options.source;
  source.file_is_field = trained.file.architecture && trained.file.architecture->inputs.size() > 1;
  data.part = {};
  data.balance = storage::ClassBalance::kNone;
  DK_TRY_ASSIGN(data.source, source_config(source));
  data.source.allow_missing = false;
  if (saved) choose_trained_columns(data.source, saved->raw(), true);
  DK_TRY(choose_arrays(data.source, saved ? &saved->raw() : nullptr, true));
  if (!data.source.labels.empty() || data.source.format == "libsvm") return data;
  return fail(Errc::kInvalid, "{}: name the labels with --label", options.source.files.front());
}

/// Whether the model makes one decision of classes, as many as `confusion_matrix` counts.
bool counts_classes(const TrainedModel& trained, const model::Model& model) {
  constexpr std::size_t kMostClasses = 1024;
  const auto shapes = model.network().output_shapes();
  if (shapes.size() != 1) return false;
  const auto& metrics =
      trained.spec ? trained.spec->metrics : trained.file.training_config["metrics"];
  const bool flat = metrics.is_array() && std::none_of(metrics.begin(), metrics.end(), [](auto& m) {
                      return m.is_array() || m == kConfusionMetric;
                    });
  return flat && (shapes[0].empty() || shapes[0].back() <= kMostClasses);
}

/// What the cluster says, as if it were computed here.
Evaluation evaluation_of(const nlohmann::json& test, const model::Model& model) {
  const auto number = [](const nlohmann::json& value) {
    return value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN();
  };
  Evaluation result;
  result.loss = number(test.value("loss", nlohmann::json()));
  result.samples = test.value("samples", std::uint64_t{0});
  const auto metrics = test.value("metrics", nlohmann::json::object());
  for (const auto& fact : model.metric_facts()) {
    const auto name = fact.at("name").get<std::string>();
    result.metrics.push_back({name, number(metrics.value(name, nlohmann::json()))});
  }
  const auto table =
      test.value("tables", nlohmann::json::object()).value(kConfusionMetric, std::vector<double>{});
  const auto width = static_cast<std::size_t>(std::lround(std::sqrt(table.size())));
  if (width < 2) return result;
  Confusion classes(width);
  for (std::size_t i = 0; i < table.size(); ++i) {
    classes.add(i / width, i % width, static_cast<std::uint64_t>(std::llround(table[i])));
  }
  // Targets that are no classes are not counted: then these are none.
  const auto& shape = model.network().output_shapes()[0];
  const auto decisions = model.output_size() / (shape.empty() ? 1 : shape.back());
  if (classes.total() == result.samples * decisions) result.classes = std::move(classes);
  return result;
}

void tell(const Evaluation& evaluation, const Globals& globals) {
  if (globals.json) {
    std::cout << api::to_line(evaluation_json(evaluation)) << "\n";
  } else {
    std::cout << render_evaluation(evaluation);
  }
}

Result<int> evaluate_on_cluster(const EvaluateOptions& options, const TrainedModel& trained,
                                const storage::DataConfig& data, const model::Model& model,
                                const Globals& globals) {
  ClusterTask task;
  task.name = "evaluate " + trained.file.source.substr(0, 90);
  task.model = &trained;
  task.data = data;
  task.confusion = counts_classes(trained, model);
  DK_TRY_ASSIGN(const auto result, run_on_cluster(task, options.cluster, globals));
  if (result.code != kFinished) return result.code;
  auto evaluation = evaluation_of(result.test, model);
  evaluation.class_names = class_names(trained);
  tell(evaluation, globals);
  return result.code;
}

Result<int> run_evaluate(const EvaluateOptions& options, const Globals& globals) {
  DK_TRY_ASSIGN(const auto models, load_models(options.model, globals));
  const auto& trained = models.front();
  DK_TRY_ASSIGN(const auto config, data_of(options, trained));
  DK_TRY_ASSIGN(const auto model, build_trained(trained));
  if (model->target_size() == 0) {
    return fail(Errc::kInvalid, "{}: no loss is saved with it; --descriptor FILE says one",
                trained.file.source);
  }
  if (options.cluster.anywhere())
    return evaluate_on_cluster(options, trained, config, *model, globals);
  DK_TRY_ASSIGN(const auto data, storage::Dataset::load(config));
  const bool logits = class_rule(trained).one_above == 0;
  Result<Evaluation> result;
  {
    Progress progress(progress_output(globals.json), data->size());
    result = evaluate(*model, *data, ClassRule::largest(logits),
                      [&](std::size_t rows) { progress.add(rows); });
  }
  if (!result) return fail(result.error());
  result->class_names = class_names(trained);
  tell(*result, globals);
  return kFinished;
}

}  // namespace

void add_evaluate_command(CLI::App& app, const Globals& globals, Action& chosen) {
  const auto options = std::make_shared<EvaluateOptions>();
  CLI::App* command =
      add_command(app, "evaluate",
                  "Compute a trained model's loss, metrics and confusion of classes", kExamples);
  add_model_source(*command, options->model, false);
  command
      ->add_option("--input", options->source.files,
                   "Instead of the job's data: files or globs that follow one another; idx, npy of "
                   "a model with several inputs: once for each of them")
      ->type_name("FILE")
      ->allow_extra_args(false);
  add_source_options(*command, options->source);
  add_cluster_options(*command, options->cluster);
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] {
      const auto code = run_evaluate(*options, globals);
      return code ? *code : report(code.error(), globals.json);
    };
  });
}

}  // namespace dk::submit
