// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>

namespace dk {

/// The JSON Schema (draft 7) of job descriptors, with which editors complete and check them: every
/// key that `read_descriptor` takes and no other, with its meaning, limits and default, and the
/// names of all layers, losses, metrics, optimizers, callbacks, transforms and algorithms that this
/// program knows. A descriptor that `read_descriptor` takes fits it; what the schema cannot say
/// (parameters, shapes, files) only `read_descriptor` checks.
[[nodiscard]] nlohmann::json job_schema();

}  // namespace dk
