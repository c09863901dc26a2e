// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/registry.hpp"

#include "actors/algorithms/adag.hpp"
#include "actors/algorithms/aeasgd.hpp"
#include "actors/algorithms/averaging.hpp"
#include "actors/algorithms/diloco.hpp"
#include "actors/algorithms/downpour.hpp"
#include "actors/algorithms/dynsgd.hpp"
#include "actors/algorithms/eamsgd.hpp"
#include "actors/algorithms/easgd.hpp"
#include "actors/algorithms/ensemble.hpp"
#include "actors/algorithms/experimental.hpp"
#include "actors/algorithms/sandblaster_lbfgs.hpp"
#include "actors/algorithms/single.hpp"
#include "actors/algorithms/sparknet.hpp"
#include "actors/algorithms/ssp.hpp"
#include "actors/algorithms/sync_sgd.hpp"
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
      {"adag-distance", make<Experimental>},
      {"aeasgd", make<Aeasgd>},
      {"agn", make<Adag>},
      {"averaging", make<Averaging>},
      {"diloco", make<Diloco>},
      {"downpour", make<Downpour>},
      {"dynsgd", make<Dynsgd>},
      {"eamsgd", make<Eamsgd>},
      {"easgd", make<Easgd>},
      {"ensemble", make<Ensemble>},
      {"experimental", make<Experimental>},
      {"sandblaster-lbfgs", make<SandblasterLbfgs>},
      {"single", make<Single>},
      {"sparknet", make<Sparknet>},
      {"ssp", make<Ssp>},
      {"sync-sgd", make<SyncSgd>},
  };
  return factories;
}

}  // namespace

Result<std::unique_ptr<const Algorithm>> make_algorithm(const AlgorithmConfig& config,
                                                        std::uint32_t workers,
                                                        std::uint32_t epoch_share) {
  const auto found = table().find(config.name);
  if (found == table().end()) {
    const auto known = known_algorithms();
    return fail(Errc::kInvalid, "unknown algorithm '{}'{}", config.name,
                did_you_mean(config.name, known));
  }
  ParameterReader parameters(config, workers, epoch_share);
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
