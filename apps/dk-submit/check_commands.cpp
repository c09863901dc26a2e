// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/api_error.hpp"
#include "actors/descriptor/descriptor.hpp"
#include "apps/dk-submit/command.hpp"
#include "apps/dk-submit/job_file.hpp"

#include <iostream>
#include <memory>

namespace dk::submit {
namespace {

struct ValidateOptions {
  std::string file;
  std::vector<std::string> overrides;
};

Result<JobSpec> validate(const ValidateOptions& options) {
  DK_TRY_ASSIGN(const auto request, read_job_file(options.file, options.overrides));
  DK_TRY_ASSIGN(auto spec, read_descriptor(request.descriptor, request.source,
                                           request.base_directory, request.overrides));
  DK_TRY_ASSIGN(const auto facts, check_resources(spec));
  for (const auto& note : facts.notes) std::cerr << note << "\n";
  return spec;
}

int show(const Result<JobSpec>& spec, const ValidateOptions& options, bool json) {
  if (!spec) return report(spec.error(), json);
  if (json) {
    std::cout << api::to_line({{"valid", true}, {"spec", to_json(*spec)}}) << "\n";
  } else {
    std::cout << options.file << " is valid: job \"" << spec->name << "\", " << spec->algorithm.name
              << ", " << spec->epochs << " epochs, batches of " << spec->batch_size << "\n";
  }
  return kFinished;
}

}  // namespace

void add_check_commands(CLI::App& app, const Globals& globals, Action& chosen) {
  const auto options = std::make_shared<ValidateOptions>();
  CLI::App* command =
      add_command(app, "validate", "Check a job descriptor, its model and its data files",
                  "dk-submit validate job.yaml");
  command->add_option("FILE", options->file, "The job descriptor (YAML or JSON)")->required();
  command->add_option("--set", options->overrides, "Replace one value of the descriptor")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] { return show(validate(*options), *options, globals.json); };
  });
}

}  // namespace dk::submit
