// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/api_error.hpp"
#include "actors/descriptor/descriptor.hpp"
#include "apps/dk-submit/command.hpp"
#include "apps/dk-submit/format.hpp"
#include "apps/dk-submit/job_file.hpp"
#include "apps/dk-submit/open_gateway.hpp"
#include "apps/dk-submit/trained_model.hpp"
#include "base/files.hpp"
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
  std::string input;
  std::string output;
  std::string features;
  std::string labels;
};

Result<TrainedModel> load(const ModelOptions& options, const Globals& globals) {
  if (options.job > 0) {
    DK_TRY_ASSIGN(const auto session, open_remote(globals));
    return fetch_trained(session->gateway(), JobId(options.job));
  }
  if (options.model.empty() || options.weights.empty()) {
    return fail(Errc::kInvalid, "name a job, or a model with --model M.json --weights W.npy");
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

Result<int> run_predict(const ModelOptions& options, const Globals& globals) {
  const auto extension = std::filesystem::path(options.output).extension();
  if (extension != ".npy" && extension != ".csv") {
    return fail(Errc::kInvalid, "--output must end in .npy or .csv, not '{}'", options.output);
  }
  DK_TRY_ASSIGN(auto samples, read_samples(options.input));
  DK_TRY_ASSIGN(const auto trained, load(options, globals));
  DK_TRY_ASSIGN(const auto model, build_trained(trained));
  if (trained.spec) transform_features(trained.spec->train.transforms, samples.values);
  auto outputs = predict(*model, samples);
  if (!outputs) return fail_in(options.input, outputs.error());
  DK_TRY(extension == ".npy" ? storage::write_npy(options.output, outputs->shape, outputs->values)
                             : write_csv(options.output, *outputs));
  if (globals.json) {
    std::cout << api::to_line({{"samples", outputs->rows()}, {"output", options.output}}) << "\n";
  } else {
    std::cout << outputs->rows() << " predictions written to " << options.output << "\n";
  }
  return kFinished;
}

Result<int> run_evaluate(const ModelOptions& options, const Globals& globals) {
  DK_TRY_ASSIGN(const auto trained, load(options, globals));
  if (!trained.spec) {
    return fail(Errc::kInvalid, "--descriptor FILE must say the loss and the data of {}",
                trained.source);
  }
  auto data = trained.spec->test.value_or(trained.spec->train);
  if (!options.features.empty()) data.features = options.features;
  if (!options.labels.empty()) data.labels = options.labels;
  DK_TRY_ASSIGN(const auto model, build_trained(trained));
  DK_TRY_ASSIGN(const auto result, evaluate(*model, data));
  if (globals.json) {
    std::cout << api::to_line({{"samples", result.samples},
                               {"loss", result.loss},
                               {"accuracy", result.accuracy}})
              << "\n";
  } else {
    std::cout << fmt::format("{} samples: loss {}, accuracy {}\n",
                             count(static_cast<double>(result.samples)), decimal(result.loss),
                             percent(result.accuracy, 2));
  }
  return kFinished;
}

Result<int> run_download(const ModelOptions& options, const Globals& globals) {
  if (options.model.empty() && options.weights.empty()) {
    return fail(Errc::kInvalid, "name at least one of --model M.json and --weights W.npy");
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
  command->add_option("--model", options.model, "Keras JSON of the architecture")
      ->type_name("M.json");
  command->add_option("--weights", options.weights, "The flat weights")->type_name("W.npy");
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
  command->add_option("--input", options->input, "Samples: .npy or IDX, plain or gzip")
      ->required()
      ->type_name("FILE");
  command->add_option("--output", options->output, "Written: .npy or .csv")
      ->required()
      ->type_name("FILE");
  set_action(command, options, run_predict, globals, chosen);

  options = std::make_shared<ModelOptions>();
  command = add_command(app, "evaluate", "Compute a trained model's loss and accuracy",
                        "dk-submit evaluate --model m.json --weights w.npy --descriptor job.yaml");
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
                        "dk-submit download 7 --model m.json --weights w.npy");
  add_job(command, *options)->required();
  add_files(command, *options);
  set_action(command, options, run_download, globals, chosen);
}

}  // namespace dk::submit
