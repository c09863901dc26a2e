// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "apps/dk-submit/command.hpp"
#include "apps/dk-submit/trained_model.hpp"

#include <string>
#include <vector>

namespace dk::submit {

/// Trained models as a command line names them: a job's, or files.
struct ModelSource {
  std::uint64_t job = 0;
  std::vector<std::string> models;
  std::string weights;
  std::string descriptor;
};

/// JOB, --model (`several`: more than once), --weights, --descriptor.
void add_model_source(CLI::App& command, ModelSource& source, bool several);

/// At least one; a descriptor belongs to all. kInvalid when none is named or the options
/// contradict each other; besides what the files and the supervisor answer.
[[nodiscard]] Result<std::vector<TrainedModel>> load_models(const ModelSource& source,
                                                            const Globals& globals);

}  // namespace dk::submit
