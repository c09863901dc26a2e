// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/losses/loss.hpp"

#include "model/config_reader.hpp"
#include "model/losses/crossentropy.hpp"
#include "model/losses/mean_squared_error.hpp"

namespace dk::model {
namespace {

const Loss* const kLosses[] = {
    &kCategoricalCrossentropy,
    &kSparseCategoricalCrossentropy,
    &kMeanSquaredError,
};

}  // namespace

Result<const Loss*> find_loss(std::string_view name) {
  for (const Loss* loss : kLosses) {
    if (name == loss->name || (!name.empty() && name == loss->alias)) return loss;
  }
  const auto known = known_losses();
  return fail(Errc::kInvalid, "unknown loss {}{}; supported: {}", show(nlohmann::json(name)),
              suggestion(name, known), listed(known));
}

std::vector<std::string> known_losses() {
  std::vector<std::string> names;
  for (const Loss* loss : kLosses) {
    names.emplace_back(loss->name);
    if (!loss->alias.empty()) names.emplace_back(loss->alias);
  }
  return names;
}

}  // namespace dk::model
