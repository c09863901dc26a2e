// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/elastic.hpp"

namespace dk {

float elastic_rate(ParameterReader& parameters, ElasticDefaults defaults) {
  using Range = ParameterReader::Range;
  const bool beta = parameters.given("beta");
  const bool alpha = parameters.given("alpha");
  const bool rho = parameters.given("rho");
  const bool rate = parameters.given("learning_rate");
  if (int{alpha} + int{beta} + int{rho || rate} > 1) {
    parameters.refuse(
        "each of 'alpha', 'beta' and 'rho' with 'learning_rate' says how strong the elastic force "
        "is: give one of them");
  }
  const auto shared = parameters.number("beta", 0.9F, Range::kShare);
  const auto own = parameters.number("alpha", 1, Range::kShare);
  const auto stiffness = parameters.number("rho", defaults.rho, Range::kPositive);
  const auto step = parameters.number("learning_rate", defaults.learning_rate, Range::kPositive);
  if (alpha) return own;
  if (!rho && !rate) return shared / static_cast<float>(parameters.workers());
  const auto product = stiffness * step;
  if (product > 0 && product <= 1) return product;
  parameters.refuse(
      fmt::format("'rho' {} times 'learning_rate' {} is alpha = {}, allowed: above 0 and at most 1",
                  stiffness, step, product));
  return 1;
}

}  // namespace dk
