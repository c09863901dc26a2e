// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/api_error.hpp"
#include "apps/dk-submit/command.hpp"
#include "apps/dk-submit/open_gateway.hpp"
#include "apps/dk-submit/trained_model.hpp"
#include "model/summary.hpp"

#include <iostream>
#include <memory>

namespace dk::submit {
namespace {

/// Where the model is from and what it is given.
struct ModelOptions {
  std::uint64_t job = 0;
  std::string model;
  std::string weights;
  std::string output;
  std::size_t batch_size = 32;
  bool weights_only = false;
};

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

Result<int> run_download(const ModelOptions& options, const Globals& globals) {
  if (options.model.empty() && options.weights.empty()) {
    return fail(Errc::kInvalid, "name at least one of --model FILE and --weights FILE");
  }
  for (const auto& path : {options.model, options.weights}) {
    if (!path.empty() && !path.ends_with(".npy")) DK_TRY(model::check_model_file_name(path));
  }
  DK_TRY_ASSIGN(const auto session, open_remote(globals));
  DK_TRY(download(session->gateway(), JobId(options.job), options.model, options.weights));
  return kFinished;
}

CLI::Option* add_job(CLI::App* command, ModelOptions& options) {
  return add_job_argument(*command, options.job);
}

void add_files(CLI::App* command, ModelOptions& options) {
  command->add_option("--model", options.model, "A Keras file: .json, .h5, .hdf5, .keras")
      ->type_name("FILE");
  command
      ->add_option("--weights", options.weights,
                   "Its weights, where they are in another file: .h5, .npz, .npy (the flat vector)")
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
  CLI::App* command = add_command(app, "download", "Fetch a job's model and newest weights",
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
