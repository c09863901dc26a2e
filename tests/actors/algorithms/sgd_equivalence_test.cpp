// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/actors/algorithms/toy_cluster.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace dk {
namespace {

// With one worker and window 1, SGD beside the algorithm: which of them are SGD, and which have a
// force or a momentum of their own.
struct SgdCase {
  const char* name;
  nlohmann::json parameters = nlohmann::json::object();
  bool is_sgd = true;
};

const SgdCase kSgdCases[] = {
    {"adag"},
    {"aeasgd", {}, false},
    {"averaging"},
    {"diloco", {}, false},
    {"diloco", {{"learning_rate", 1}, {"momentum", 0}}},
    {"downpour"},
    {"downpour", {{"server", "adagrad"}}, false},
    {"downpour", {{"server", "adam"}}, false},
    {"dynsgd"},
    {"eamsgd", {}, false},
    {"easgd", {}, false},
    {"ensemble"},
    {"experimental"},
    {"sandblaster-lbfgs", {}, false},
    {"single"},
    {"sparknet"},
    {"ssp"},
    {"sync-sgd"},
};

TEST(OneWorkerWithWindowOne, IsSgdWhereTheTheorySaysSo) {
  for (const auto& sgd_case : kSgdCases) {
    SCOPED_TRACE(std::string(sgd_case.name) + sgd_case.parameters.dump());
    nlohmann::json parameters = {{"window", 1}};
    if (sgd_case.parameters.is_object()) parameters.update(sgd_case.parameters);
    const auto algorithm = toy::make(sgd_case.name, parameters, 1);
    toy::Vector sgd = {4, -8};
    toy::Shard shard(*algorithm, sgd);
    toy::Worker worker(*algorithm, 1, sgd);
    for (int i = 0; i < 10; ++i) {
      // f(x) = x^2 / 2 with learning rate 1/2, exact in float32.
      worker.step([](const toy::Vector& x) { return toy::Vector{-x[0] / 2, -x[1] / 2}; });
      if (algorithm->pace().kind == Pace::Kind::kRounds) {
        toy::close_round({&worker}, shard);
      } else {
        toy::exchange(worker, shard);
      }
      for (float& x : sgd) x -= x / 2;
    }
    EXPECT_EQ(shard.centre() == sgd, sgd_case.is_sgd);
    EXPECT_EQ(worker.theta == sgd, sgd_case.is_sgd);
  }
}

TEST(OneWorkerWithWindowOne, IsDecidedForEveryAlgorithm) {
  for (const auto& name : known_algorithms()) {
    if (name == "agn" || name == "adag-distance") continue;
    EXPECT_TRUE(std::ranges::any_of(kSgdCases, [&](const SgdCase& c) { return name == c.name; }))
        << name << " is missing in kSgdCases";
  }
}

}  // namespace
}  // namespace dk
