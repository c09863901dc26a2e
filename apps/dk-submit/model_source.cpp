// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/model_source.hpp"

#include "actors/descriptor/descriptor.hpp"
#include "apps/dk-submit/job_file.hpp"
#include "apps/dk-submit/open_gateway.hpp"

namespace dk::submit {

void add_model_source(CLI::App& command, ModelSource& source, bool several) {
  add_job_argument(command, source.job);
  auto* model = command
                    .add_option("--model", source.models,
                                several ? "A Keras file: .json, .h5, .hdf5, .keras; several are an "
                                          "ensemble"
                                        : "A Keras file: .json, .h5, .hdf5, .keras")
                    ->type_name("FILE")
                    ->allow_extra_args(false);
  if (!several) model->expected(1);
  command
      .add_option("--weights", source.weights,
                  "Its weights, where they are in another file: .h5, .npz, .npy (the flat vector)")
      ->type_name("FILE");
  command
      .add_option("--descriptor", source.descriptor,
                  "With --model: the job descriptor, for transforms, loss and data")
      ->type_name("FILE");
}

Result<std::vector<TrainedModel>> load_models(const ModelSource& source, const Globals& globals) {
  std::vector<TrainedModel> models;
  if (source.job > 0) {
    if (!source.models.empty() || !source.descriptor.empty() || !source.weights.empty()) {
      return fail(Errc::kInvalid,
                  "a job has its model, weights and descriptor; name it, or files, not both");
    }
    DK_TRY_ASSIGN(const auto session, open_remote(globals));
    DK_TRY_ASSIGN(auto trained, fetch_trained(session->gateway(), JobId(source.job)));
    models.push_back(std::move(trained));
    return models;
  }
  if (source.models.empty()) {
    return fail(Errc::kInvalid, "name a job, or a Keras file with --model FILE");
  }
  if (source.models.size() > 1 && !source.weights.empty()) {
    return fail(Errc::kInvalid, "--weights goes with one --model");
  }
  std::optional<JobSpec> spec;
  if (!source.descriptor.empty()) {
    DK_TRY_ASSIGN(const auto request, read_job_file(source.descriptor, {}));
    DK_TRY_ASSIGN(spec,
                  read_descriptor(request.descriptor, request.source, request.base_directory, {}));
  }
  for (const auto& file : source.models) {
    DK_TRY_ASSIGN(auto trained, read_trained(file, source.weights));
    trained.spec = spec;
    models.push_back(std::move(trained));
  }
  return models;
}

}  // namespace dk::submit
