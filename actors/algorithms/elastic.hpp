// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/algorithms/parameter_reader.hpp"

namespace dk {

/// What elastic averaging takes when only one of rho and the learning rate is given: dist-keras'.
struct ElasticDefaults {
  float rho = 5;
  float learning_rate = 0.1F;
};

/// alpha, the share of its distance to the centre that a worker gives up at an exchange; in (0, 1].
///
/// Zhang, Choromanska and LeCun, "Deep learning with Elastic Averaging SGD", NIPS 2015, arXiv
/// 1412.6651: beta = p alpha is the share of its distance to the workers that the centre gives up
/// for p workers together, and is stable up to 1; so by default beta = 0.9 (the paper's) and
/// alpha = beta / p, p = the job's most workers. Instead of `beta`, `alpha` itself can be given, or
/// `rho` and `learning_rate` (the worker optimizer's, which is not known here): alpha = rho *
/// learning_rate, dist-keras' rule, which does not look at p. Then beta can be larger than 1 (it is
/// 10 with dist-keras' defaults and 20 workers) and the centre overshoots: that is allowed, because
/// long windows and decaying rates can carry it, and so that published results can be repeated.
[[nodiscard]] float elastic_rate(ParameterReader& parameters, ElasticDefaults defaults);

}  // namespace dk
