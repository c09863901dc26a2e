// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/api_error.hpp"
#include "apps/dk-submit/choose_arrays.hpp"
#include "apps/dk-submit/evaluate.hpp"
#include "apps/dk-submit/model_source.hpp"
#include "apps/dk-submit/predictor.hpp"
#include "apps/dk-submit/progress.hpp"
#include "apps/dk-submit/render_evaluation.hpp"
#include "apps/dk-submit/source_options.hpp"

#include <iostream>
#include <memory>

namespace dk::submit {
namespace {

constexpr const char* kExamples =
    "dk-submit evaluate 7\n"
    "  dk-submit evaluate --model m.keras --input test.csv\n"
    "  dk-submit evaluate --model m.keras --input t10k-images-idx3-ubyte.gz --label "
    "t10k-labels-idx1-ubyte.gz\n"
    "\n"
    "Without --input: on the test set of the job, or of --descriptor, else on its training set. "
    "Rows\n"
    "go through the transforms that are saved with the model; a file without any takes them as\n"
    "they are. Columns of a .csv are those of the training, if they are not named.";

struct EvaluateOptions {
  ModelSource model;
  SourceOptions source;
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

Result<int> run_evaluate(const EvaluateOptions& options, const Globals& globals) {
  DK_TRY_ASSIGN(const auto models, load_models(options.model, globals));
  const auto& trained = models.front();
  DK_TRY_ASSIGN(const auto config, data_of(options, trained));
  DK_TRY_ASSIGN(const auto model, build_trained(trained));
  if (model->target_size() == 0) {
    return fail(Errc::kInvalid, "{}: no loss is saved with it; --descriptor FILE says one",
                trained.file.source);
  }
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
  if (globals.json) {
    std::cout << api::to_line(evaluation_json(*result)) << "\n";
  } else {
    std::cout << render_evaluation(*result);
  }
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
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] {
      const auto code = run_evaluate(*options, globals);
      return code ? *code : report(code.error(), globals.json);
    };
  });
}

}  // namespace dk::submit
