// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "distributed_keras/trainer.hpp"

#include <utility>

namespace dk {
inline namespace trainers {

/// Trainers by dist-keras' names. The second argument has the algorithm's parameters, under the
/// names and with the defaults of docs/algorithms.md, where the equations and their papers stand; a
/// name or value that is wrong is refused by `train` with what is allowed.
///
/// θ: a worker's weights; θ̃: the centre in the parameter servers; k: mini-batches in a window.

/// Plain training by one worker, whatever `config.workers` says (dist-keras: SingleTrainer).
class SingleTrainer : public Trainer {
 public:
  explicit SingleTrainer(TrainerConfig config, nlohmann::json parameters = nlohmann::json::object())
      : Trainer(alone(std::move(config)), "single", std::move(parameters)) {}

 private:
  static TrainerConfig alone(TrainerConfig config) {
    config.workers = 1;
    return config;
  }
};

/// θ̃ ← mean θ at the end of each epoch (dist-keras: AveragingTrainer).
class AveragingTrainer : public Trainer {
 public:
  explicit AveragingTrainer(TrainerConfig config,
                            nlohmann::json parameters = nlohmann::json::object())
      : Trainer(std::move(config), "averaging", std::move(parameters)) {}
};

/// `models` models by themselves; the result has their mean as output (dist-keras:
/// EnsembleTrainer).
class EnsembleTrainer : public Trainer {
 public:
  explicit EnsembleTrainer(TrainerConfig config,
                           nlohmann::json parameters = nlohmann::json::object())
      : Trainer(std::move(config), "ensemble", std::move(parameters)) {}
};

/// θ̃ ← θ̃ + (θ − θ₀) after each window (Dean et al. 2012; dist-keras: DOWNPOUR).
class Downpour : public Trainer {
 public:
  explicit Downpour(TrainerConfig config, nlohmann::json parameters = nlohmann::json::object())
      : Trainer(std::move(config), "downpour", std::move(parameters)) {}
};

/// θ̃ ← θ̃ + (θ − θ₀)/k: accumulated gradient normalization (Hermans 2017; dist-keras: ADAG).
class Adag : public Trainer {
 public:
  explicit Adag(TrainerConfig config, nlohmann::json parameters = nlohmann::json::object())
      : Trainer(std::move(config), "adag", std::move(parameters)) {}
};

/// θ̃ ← θ̃ + (θ − θ₀)/(τ + 1), τ: contributions of others since (Jiang et al. 2017; dist-keras:
/// DynSGD).
class DynSgd : public Trainer {
 public:
  explicit DynSgd(TrainerConfig config, nlohmann::json parameters = nlohmann::json::object())
      : Trainer(std::move(config), "dynsgd", std::move(parameters)) {}
};

/// As Adag, with staleness measured by how far the centre has gone (dist-keras: Experimental).
class Experimental : public Trainer {
 public:
  explicit Experimental(TrainerConfig config, nlohmann::json parameters = nlohmann::json::object())
      : Trainer(std::move(config), "experimental", std::move(parameters)) {}
};

/// Elastic averaging in rounds (Zhang et al. 2015; dist-keras: EASGD).
class Easgd : public Trainer {
 public:
  explicit Easgd(TrainerConfig config, nlohmann::json parameters = nlohmann::json::object())
      : Trainer(std::move(config), "easgd", std::move(parameters)) {}
};

/// E = α(θ − θ̃); θ ← θ − E, θ̃ ← θ̃ + E, nobody waits (Zhang et al. 2015; dist-keras: AEASGD).
class Aeasgd : public Trainer {
 public:
  explicit Aeasgd(TrainerConfig config, nlohmann::json parameters = nlohmann::json::object())
      : Trainer(std::move(config), "aeasgd", std::move(parameters)) {}
};

/// Aeasgd with Nesterov's momentum in the workers (Zhang et al. 2015; dist-keras: EAMSGD).
class Eamsgd : public Trainer {
 public:
  explicit Eamsgd(TrainerConfig config, nlohmann::json parameters = nlohmann::json::object())
      : Trainer(std::move(config), "eamsgd", std::move(parameters)) {}
};

}  // namespace trainers
}  // namespace dk
