// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/descriptor.hpp"
#include "apps/dk-submit/command.hpp"
#include "apps/dk-submit/follow.hpp"
#include "apps/dk-submit/job_file.hpp"
#include "apps/dk-submit/open_gateway.hpp"
#include "apps/dk-submit/trained_model.hpp"

#include <memory>

namespace dk::submit {
namespace {

struct RunOptions {
  std::string file;
  bool local = false;
  unsigned nodes = 0;
  std::string data;
  std::vector<std::string> overrides;
  std::string model_out;
  std::string weights_out;
};

Result<int> run(const RunOptions& options, const Globals& globals) {
  DK_TRY_ASSIGN(const auto request, read_job_file(options.file, options.overrides));
  // Before any process is started for a descriptor with a typo.
  DK_TRY_ASSIGN(const auto spec, read_descriptor(request.descriptor, request.source,
                                                 request.base_directory, request.overrides));
  for (const auto& path : {options.model_out, options.weights_out}) {
    if (path.empty() || path.ends_with(".npy")) continue;
    DK_TRY(model::check_model_file_name(path));
  }
  Place place;
  place.kind = options.nodes > 0 ? Place::Kind::kProcesses : Place::Kind::kInProcess;
  place.nodes = options.nodes;
  place.data = options.data;
  const Interrupt interrupt;
  DK_TRY_ASSIGN(const auto session, Session::open(place, globals));
  Gateway& gateway = session->gateway();
  DK_TRY_ASSIGN(const auto job, gateway.submit(request));
  const auto view = make_view(globals.json);
  FollowConfig config;
  config.cancel_on_interrupt = true;
  DK_TRY_ASSIGN(const int code, follow(gateway, job, *view, interrupt, config));
  if (code == kFinished) {
    DK_TRY(download(gateway, job, options.model_out, options.weights_out));
  }
  return code;
}

}  // namespace

void add_run_command(CLI::App& app, const Globals& globals, Action& chosen) {
  const auto options = std::make_shared<RunOptions>();
  CLI::App* command = add_command(app, "run", "Run a job on this machine, without any set-up",
                                  "dk-submit run job.yaml --set training.epochs=3");
  command->add_option("FILE", options->file, "The job descriptor (YAML or JSON)")->required();
  auto* local = command->add_flag("--local", options->local, "In this process (default)");
  command
      ->add_option("--local-cluster", options->nodes,
                   "In N dk-node daemons, started on loopback for the length of the job")
      ->check(CLI::Range(1, 64))
      ->type_name("N")
      ->excludes(local);
  command
      ->add_option("--data", options->data,
                   "Directory for checkpoints and logs (default: a temporary one)")
      ->type_name("DIR");
  command->add_option("--set", options->overrides, "Replace one value of the descriptor")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command
      ->add_option("--save-model", options->model_out,
                   "Write the trained model: .h5, .keras; .json has the architecture alone")
      ->type_name("FILE");
  command
      ->add_option("--save-weights", options->weights_out,
                   "Write the trained weights: .h5, .weights.h5, .npz, .npy (the flat vector)")
      ->type_name("FILE");
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] {
      const auto code = run(*options, globals);
      return code ? *code : report(code.error(), globals.json);
    };
  });
}

}  // namespace dk::submit
