// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/api_error.hpp"
#include "apps/dk-submit/choose_arrays.hpp"
#include "apps/dk-submit/cluster_run.hpp"
#include "apps/dk-submit/model_source.hpp"
#include "apps/dk-submit/prediction_files.hpp"
#include "apps/dk-submit/predictor.hpp"
#include "apps/dk-submit/progress.hpp"
#include "apps/dk-submit/source_options.hpp"
#include "storage/data/open_reader.hpp"
#include "storage/data/text_columns.hpp"

#include <algorithm>
#include <iostream>
#include <memory>

namespace dk::submit {
namespace {

constexpr const char* kExamples =
    "dk-submit predict 7 --input images.npy --output y.csv\n"
    "  dk-submit predict --model m.keras --input 'part-*.csv.gz' --output y.csv --index beside\n"
    "  dk-submit predict --model a.keras --model b.keras --combine majority --input x.npy "
    "--output y.npy\n"
    "  dk-submit predict --model m.keras --input big.csv --output y.npy --on-cluster\n"
    "\n"
    "Rows go through the transforms that are saved with the model, or with the job. A file "
    "without\n"
    "any takes them as they are. Rows are read as they are needed. One machine does it all, or, "
    "with\n"
    "--on-cluster, all of them.";

struct PredictOptions {
  ModelSource model;
  SourceOptions source;
  std::string output;
  std::string index;
  std::string combine = "average";
  std::vector<float> member_weights;
  ClusterOptions cluster;
};

Result<WriteIndex> index_of(const std::string& text) {
  if (text.empty()) return WriteIndex::kNo;
  if (text == "beside") return WriteIndex::kBeside;
  if (text == "only") return WriteIndex::kOnly;
  return fail(Errc::kInvalid, "--index is '{}'; allowed: beside, only", text);
}

bool fills_missing(const storage::Pipeline& pipeline) {
  const auto transforms = pipeline.config();
  return std::any_of(transforms.begin(), transforms.end(),
                     [](const auto& transform) { return transform.contains("impute"); });
}

std::size_t inputs_of(const TrainedModel& trained) {
  return trained.file.architecture ? trained.file.architecture->inputs.size() : 1;
}

Result<storage::SourceConfig> rows_of(const PredictOptions& options,
                                      const std::vector<TrainedModel>& models) {
  auto source = options.source;
  source.file_is_field = inputs_of(models.front()) > 1;
  DK_TRY_ASSIGN(auto config, source_config(source));
  DK_TRY_ASSIGN(const auto saved, saved_pipeline(models.front()));
  if (saved) {
    choose_trained_columns(config, saved->raw(), false);
    storage::add_text_columns(config, saved->config());
  }
  DK_TRY(choose_arrays(config, saved ? &saved->raw() : nullptr, false));
  config.allow_missing = saved && fills_missing(*saved);
  return config;
}

void tell(const Globals& globals, std::uint64_t samples, const std::vector<std::string>& written,
          std::uint64_t skipped) {
  if (globals.json) {
    std::cout << api::to_line(
                     {{"samples", samples}, {"output", written}, {"skipped_rows", skipped}})
              << "\n";
    return;
  }
  for (const auto& name : written) {
    std::cout << samples << " predictions written to " << name << "\n";
  }
  if (skipped > 0) std::cerr << skipped << " bad rows are left out\n";
}

Result<int> predict_on_cluster(const PredictOptions& options,
                               const std::vector<TrainedModel>& models, const Globals& globals) {
  if (models.size() > 1 || !options.index.empty()) {
    return fail(Errc::kInvalid,
                "a cluster predicts with one model and writes its outputs; --index and several "
                "--model are for this machine alone");
  }
  const std::filesystem::path output = options.output;
  if (output.extension() != ".npy" && output.extension() != ".csv") {
    return fail(Errc::kInvalid, "--output must end in .npy or .csv, not '{}'", options.output);
  }
  const auto& trained = models.front();
  ClusterTask task;
  task.name = "predict " + trained.file.source.substr(0, 90);
  task.model = &trained;
  DK_TRY_ASSIGN(task.data.source, rows_of(options, models));
  if (trained.spec && trained.file.transforms.empty())
    task.data.transforms = trained.spec->train.transforms;
  task.predictions = output;
  DK_TRY_ASSIGN(const auto result, run_on_cluster(task, options.cluster, globals));
  if (result.code != kFinished) return result.code;
  tell(globals, result.test.value("samples", std::uint64_t{0}), result.saved, 0);
  return result.code;
}

/// A group of rows at a time, in steps of the model's.
Result<void> predict_all(Predictor& predictor, const storage::Reader& reader,
                         PredictionFiles& files, Progress& progress) {
  const auto width = reader.schema().feature_size();
  std::vector<float> x;
  std::vector<float> y;
  for (std::uint64_t first = 0; first < reader.rows();) {
    const auto rows = static_cast<std::size_t>(
        std::min<std::uint64_t>(reader.group_rows(), reader.rows() - first));
    x.resize(rows * width);
    y.resize(rows * reader.schema().label_size());
    DK_TRY(reader.read(first, rows, x, y));
    for (std::size_t row = 0; row < rows; row += Predictor::kBatch) {
      const auto n = std::min(Predictor::kBatch, rows - row);
      const auto outputs =
          predictor.predict(std::span<const float>(x).subspan(row * width, n * width), n);
      if (!outputs) {
        return fail_in(fmt::format("the batch that begins with {}", reader.where(first + row)),
                       outputs.error());
      }
      files.write(*outputs, n);
      progress.add(n);
    }
    first += rows;
  }
  return {};
}

Result<int> run_predict(const PredictOptions& options, const Globals& globals) {
  DK_TRY_ASSIGN(const auto index, index_of(options.index));
  DK_TRY_ASSIGN(const auto models, load_models(options.model, globals));
  if (options.cluster.anywhere()) return predict_on_cluster(options, models, globals);
  DK_TRY_ASSIGN(const auto ensemble,
                ensemble_config(options.combine, options.member_weights, models.size()));
  DK_TRY_ASSIGN(const auto rows, rows_of(options, models));
  DK_TRY_ASSIGN(const auto reader, storage::open_reader(rows));
  DK_TRY_ASSIGN(auto predictor, Predictor::make(models, reader->schema(), ensemble));
  const bool votes = models.size() > 1 && ensemble.combine == Combine::kMajority;
  DK_TRY_ASSIGN(auto files, PredictionFiles::create(
                                options.output, predictor.model(), reader->rows(), index,
                                votes ? ClassRule::largest(false) : class_rule(models.front()),
                                class_names(models.front())));
  {
    Progress progress(progress_output(globals.json), reader->rows());
    DK_TRY(predict_all(predictor, *reader, files, progress));
  }
  DK_TRY_ASSIGN(const auto written, files.finish());
  tell(globals, reader->rows(), written, reader->skipped().count);
  return kFinished;
}

void add_options(CLI::App& command, PredictOptions& options) {
  add_model_source(command, options.model, true);
  command
      .add_option("--input", options.source.files,
                  "Rows to predict: files or globs that follow one another; idx, npy of a model "
                  "with several inputs: once for each of them")
      ->required()
      ->type_name("FILE")
      ->allow_extra_args(false);
  add_source_options(command, options.source);
  command
      .add_option("--output", options.output,
                  "Written: .npy or .csv; several outputs become Y.0.npy, Y.1.npy ...")
      ->required()
      ->type_name("FILE");
  command
      .add_option("--index", options.index,
                  "beside: the predicted class, too (last columns of a .csv, else Y.index.npy); "
                  "only: nothing else")
      ->type_name("HOW");
  command
      .add_option("--combine", options.combine,
                  "What several models' outputs become: average, majority or weighted (default: "
                  "average)")
      ->type_name("HOW");
  command
      .add_option("--member-weights", options.member_weights,
                  "With --combine weighted: a weight for each model, as 2,1,1")
      ->delimiter(',')
      ->type_name("W,W...")
      ->allow_extra_args(false);
  add_cluster_options(command, options.cluster);
}

}  // namespace

void add_predict_command(CLI::App& app, const Globals& globals, Action& chosen) {
  const auto options = std::make_shared<PredictOptions>();
  CLI::App* command = add_command(app, "predict", "Compute a trained model's outputs", kExamples);
  add_options(*command, *options);
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] {
      const auto code = run_predict(*options, globals);
      return code ? *code : report(code.error(), globals.json);
    };
  });
}

}  // namespace dk::submit
