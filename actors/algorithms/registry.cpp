// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/registry.hpp"

#include "actors/algorithms/adag.hpp"
#include "actors/algorithms/downpour.hpp"
#include "actors/algorithms/single.hpp"
#include "base/did_you_mean.hpp"

#include <map>

namespace dk {
namespace {

using Factory = std::unique_ptr<const Algorithm> (*)(ParameterReader&);

template <class T>
std::unique_ptr<const Algorithm> make(ParameterReader& parameters) {
  return std::make_unique<const T>(parameters);
}

const std::map<std::string, Factory>& table() {
  static const std::map<std::string, Factory> factories = {
      {"adag", make<Adag>},
      {"agn", make<Adag>},
      {"downpour", make<Downpour>},
      {"single", make<Single>},
  };
  return factories;
}

}  // namespace

Result<std::unique_ptr<const Algorithm>> make_algorithm(const AlgorithmConfig& config) {
  const auto found = table().find(config.name);
  if (found == table().end()) {
    const auto known = known_algorithms();
    return fail(Errc::kInvalid, "unknown algorithm '{}'{}", config.name,
                did_you_mean(config.name, known));
  }
  ParameterReader parameters(config);
  auto algorithm = found->second(parameters);
  DK_TRY(parameters.finish());
  return algorithm;
}

std::vector<std::string> known_algorithms() {
  std::vector<std::string> names;
  for (const auto& [name, factory] : table()) names.push_back(name);
  return names;
}

}  // namespace dk
