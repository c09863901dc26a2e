// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/api_error.hpp"
#include "actors/descriptor/descriptor.hpp"
#include "actors/logic/job_metrics.hpp"
#include "apps/dk-submit/command.hpp"
#include "apps/dk-submit/format.hpp"
#include "apps/dk-submit/job_file.hpp"
#include "apps/dk-submit/open_gateway.hpp"
#include "apps/dk-submit/trained_model.hpp"
#include "base/files.hpp"
#include "model/summary.hpp"
#include "storage/data/npy.hpp"

#include <iostream>
#include <memory>

namespace dk::submit {
namespace {

/// Where the model is from and what it is given.
struct ModelOptions {
  std::uint64_t job = 0;
  std::string model;
  std::string weights;
  std::string descriptor;
  std::vector<std::string> inputs;
  std::string output;
  std::string features;
  std::string labels;
  std::size_t batch_size = 32;
  bool weights_only = false;
};

Result<TrainedModel> load(const ModelOptions& options, const Globals& globals) {
  if (options.job > 0) {
    DK_TRY_ASSIGN(const auto session, open_remote(globals));
    return fetch_trained(session->gateway(), JobId(options.job));
  }
  if (options.model.empty()) {
    return fail(Errc::kInvalid, "name a job, or a Keras file with --model FILE");
  }
  DK_TRY_ASSIGN(auto trained, read_trained(options.model, options.weights));
  if (options.descriptor.empty()) return trained;
  DK_TRY_ASSIGN(const auto request, read_job_file(options.descriptor, {}));
  DK_TRY_ASSIGN(trained.spec,
                read_descriptor(request.descriptor, request.source, request.base_directory, {}));
  return trained;
}

Result<void> write_csv(const std::string& path, const FloatArray& array) {
  std::string text;
  for (std::size_t i = 0; i < array.values.size(); ++i) {
    fmt::format_to(std::back_inserter(text), "{}{}", array.values[i],
                   (i + 1) % array.row_size() == 0 ? '\n' : ',');
  }
  return write_file_atomic(path, std::as_bytes(std::span(text)));
}

/// `y.npy`, or with several outputs `y.0.npy`, `y.1.npy` ...
std::string output_name(const std::string& path, std::size_t index, std::size_t count) {
  if (count == 1) return path;
  std::filesystem::path numbered(path);
  const auto extension = numbered.extension();
  numbered.replace_extension(fmt::format("{}{}", index, extension.string()));
  return numbered.string();
}

Result<int> run_predict(const ModelOptions& options, const Globals& globals) {
  const auto extension = std::filesystem::path(options.output).extension();
  if (extension != ".npy" && extension != ".csv") {
    return fail(Errc::kInvalid, "--output must end in .npy or .csv, not '{}'", options.output);
  }
  std::vector<FloatArray> inputs;
  for (const auto& input : options.inputs) {
    DK_TRY_ASSIGN(auto array, read_samples(input));
    inputs.push_back(std::move(array));
  }
  DK_TRY_ASSIGN(const auto trained, load(options, globals));
  DK_TRY_ASSIGN(const auto model, build_trained(trained));
  auto samples = join_inputs(*model, inputs);
  if (!samples) return fail_in(options.inputs[0], samples.error());
  if (trained.spec) DK_TRY(transform_features(trained.spec->train.transforms, *samples));
  DK_TRY_ASSIGN(const auto outputs, predict(*model, *samples));
  auto written = nlohmann::json::array();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto name = output_name(options.output, i, outputs.size());
    DK_TRY(extension == ".npy" ? storage::write_npy(name, outputs[i].shape, outputs[i].values)
                               : write_csv(name, outputs[i]));
    written.push_back(name);
    if (!globals.json) std::cout << samples->rows() << " predictions written to " << name << "\n";
  }
  if (globals.json) {
    std::cout << api::to_line({{"samples", samples->rows()}, {"output", written}}) << "\n";
  }
  return kFinished;
}

Result<int> run_summary(const ModelOptions& options, const Globals& globals) {
  DK_TRY_ASSIGN(const auto file, model::read_model_file(options.model));
  model::CompileConfig config;
  config.max_batch_size = options.batch_size;
  DK_TRY_ASSIGN(const auto model, model::build_model(file, config));
  std::cout << (globals.json ? api::to_line(model::summary_json(*model)) + "\n"
                             : model::summary(*model));
  return kFinished;
}

Result<int> run_convert(const ModelOptions& options, const Globals& globals) {
  DK_TRY(model::check_model_file_name(options.output));
  DK_TRY_ASSIGN(auto trained, read_trained(options.model, options.weights));
  if (!trained.file.weights && !options.output.ends_with(".json")) {
    return fail(Errc::kInvalid, "{}: has no weights; name a file of them with --weights",
                options.model);
  }
  DK_TRY_ASSIGN(const auto model, model::build_model(trained.file, {}));
  model::SaveOptions save;
  save.training_config = trained.file.training_config;
  save.weights_only = options.weights_only;
  save.transforms = trained.file.transforms;
  std::unique_ptr<model::Optimizer> optimizer;
  if (save.training_config.is_object() && trained.file.optimizer &&
      !save.training_config["optimizer"].is_null()) {
    DK_TRY_ASSIGN(optimizer,
                  model::make_optimizer(save.training_config["optimizer"], model->layout()));
    DK_TRY(model::load_optimizer(*trained.file.optimizer, model->layout(), *optimizer));
    save.optimizer = optimizer.get();
  }
  DK_TRY(model::write_model_file(options.output, *model, save));
  if (globals.json) {
    std::cout << api::to_line({{"output", options.output}}) << "\n";
  } else {
    std::cout << options.output << " written: " << model->parameter_count() << " parameters\n";
  }
  return kFinished;
}

Result<int> run_evaluate(const ModelOptions& options, const Globals& globals) {
  DK_TRY_ASSIGN(const auto trained, load(options, globals));
  if (!trained.spec) {
    return fail(Errc::kInvalid, "--descriptor FILE must say the loss and the data of {}",
                trained.file.source);
  }
  auto data = trained.spec->test.value_or(trained.spec->train);
  if (!options.features.empty()) data.source.features = {{"", {options.features}}};
  if (!options.labels.empty()) data.source.labels = {{"", {options.labels}}};
  DK_TRY_ASSIGN(const auto model, build_trained(trained));
  DK_TRY_ASSIGN(const auto result, evaluate(*model, data));
  auto metrics = nlohmann::json::object();
  std::string line = fmt::format("{} samples: loss {}", count(static_cast<double>(result.samples)),
                                 decimal(result.loss));
  for (const auto& [name, value] : result.metrics) {
    metrics[name] = value;
    line += fmt::format(
        ", {} {}", name,
        name.ends_with("acc") || name.ends_with("accuracy") ? percent(value, 2) : decimal(value));
  }
  if (globals.json) {
    std::cout << api::to_line({{"samples", result.samples},
                               {"loss", result.loss},
                               {"accuracy", JobMetrics::accuracy(metrics)},
                               {"metrics", metrics}})
              << "\n";
  } else {
    std::cout << line << "\n";
  }
  return kFinished;
}

Result<int> run_download(const ModelOptions& options, const Globals& globals) {
  if (options.model.empty() && options.weights.empty()) {
    return fail(Errc::kInvalid, "name at least one of --model FILE and --weights FILE");
  }
  DK_TRY_ASSIGN(const auto session, open_remote(globals));
  DK_TRY(download(session->gateway(), JobId(options.job), options.model, options.weights));
  return kFinished;
}

CLI::Option* add_job(CLI::App* command, ModelOptions& options) {
  return command->add_option("JOB", options.job, "The job's number")
      ->check(CLI::PositiveNumber)
      ->type_name("");
}

void add_files(CLI::App* command, ModelOptions& options) {
  command->add_option("--model", options.model, "A Keras file: .json, .h5, .hdf5, .keras")
      ->type_name("FILE");
  command
      ->add_option("--weights", options.weights,
                   "Its weights, where they are in another file: .h5, .npz, .npy (the flat vector)")
      ->type_name("FILE");
}

void add_descriptor(CLI::App* command, ModelOptions& options) {
  command
      ->add_option("--descriptor", options.descriptor,
                   "With --model: the job descriptor, for transforms, loss and data")
      ->type_name("FILE");
}

using Run = Result<int> (*)(const ModelOptions&, const Globals&);

void set_action(CLI::App* command, std::shared_ptr<ModelOptions> options, Run run,
                const Globals& globals, Action& chosen) {
  command->callback([options = std::move(options), run, &globals, &chosen] {
    chosen = [options, run, &globals] {
      const auto code = run(*options, globals);
      return code ? *code : report(code.error(), globals.json);
    };
  });
}

}  // namespace

void add_model_commands(CLI::App& app, const Globals& globals, Action& chosen) {
  auto options = std::make_shared<ModelOptions>();
  CLI::App* command = add_command(app, "predict", "Compute a trained model's outputs",
                                  "dk-submit predict 7 --input images.npy --output y.csv");
  add_job(command, *options);
  add_files(command, *options);
  add_descriptor(command, *options);
  command
      ->add_option("--input", options->inputs,
                   "Samples: .npy or IDX, plain or gzip; once for each of the model's inputs")
      ->required()
      ->type_name("FILE")
      ->allow_extra_args(false);
  command
      ->add_option("--output", options->output,
                   "Written: .npy or .csv; several outputs become Y.0.npy, Y.1.npy ...")
      ->required()
      ->type_name("FILE");
  set_action(command, options, run_predict, globals, chosen);

  options = std::make_shared<ModelOptions>();
  command = add_command(app, "evaluate", "Compute a trained model's loss and accuracy",
                        "dk-submit evaluate --model m.keras --descriptor job.yaml");
  add_job(command, *options);
  add_files(command, *options);
  add_descriptor(command, *options);
  command->add_option("--features", options->features, "Instead of the job's test features")
      ->type_name("FILE");
  command->add_option("--labels", options->labels, "Instead of the job's test labels")
      ->type_name("FILE");
  set_action(command, options, run_evaluate, globals, chosen);

  options = std::make_shared<ModelOptions>();
  command = add_command(app, "download", "Fetch a job's model and newest weights",
                        "dk-submit download 7 --model model.keras");
  add_job(command, *options)->required();
  add_files(command, *options);
  set_action(command, options, run_download, globals, chosen);

  options = std::make_shared<ModelOptions>();
  command = add_command(app, "summary", "Print a Keras file's layers, as Keras' summary()",
                        "dk-submit summary model.keras");
  command->add_option("FILE", options->model, "A Keras file: .json, .h5, .hdf5, .keras")
      ->required();
  command->add_option("--batch-size", options->batch_size, "For the memory of a step (default: 32)")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N");
  set_action(command, options, run_summary, globals, chosen);

  options = std::make_shared<ModelOptions>();
  command = add_command(app, "convert", "Write a Keras file in another format",
                        "dk-submit convert model.h5 model.keras");
  command->add_option("FILE", options->model, "A Keras file: .json, .h5, .hdf5, .keras")
      ->required();
  command
      ->add_option("OUTPUT", options->output,
                   "Written: .h5, .hdf5, .keras, .weights.h5, .json, .npz")
      ->required();
  command->add_option("--weights", options->weights, "Where FILE has none: .h5, .npz, .npy")
      ->type_name("FILE");
  command->add_flag("--weights-only", options->weights_only, "A .h5 without the architecture");
  set_action(command, options, run_convert, globals, chosen);
}

}  // namespace dk::submit
