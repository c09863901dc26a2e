// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/algorithms/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dk {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string refusal(const std::string& name, const nlohmann::json& parameters) {
  const auto made = make_algorithm({name, parameters}, 2);
  if (made) return "accepted";
  EXPECT_EQ(made.error().code, Errc::kInvalid);
  return made.error().message;
}

TEST(AlgorithmRegistry, ListsItsNamesInAlphabeticalOrder) {
  EXPECT_THAT(known_algorithms(),
              ElementsAre("adag", "adag-distance", "aeasgd", "agn", "averaging", "diloco",
                          "downpour", "dynsgd", "eamsgd", "easgd", "ensemble", "experimental",
                          "sandblaster-lbfgs", "single", "sparknet", "ssp", "sync-sgd"));
}

TEST(AlgorithmRegistry, DefaultWindowsAreThoseOfTheOriginals) {
  const std::pair<const char*, std::uint32_t> windows[] = {{"adag", 12},
                                                           {"aeasgd", 32},
                                                           {"averaging", kUnknownEpochShare},
                                                           {"diloco", 500},
                                                           {"downpour", 5},
                                                           {"dynsgd", 5},
                                                           {"eamsgd", 32},
                                                           {"easgd", 1},
                                                           {"experimental", 5},
                                                           {"sparknet", 50},
                                                           {"ssp", 1},
                                                           {"sync-sgd", 1},
                                                           {"sandblaster-lbfgs", 8}};
  for (const auto& [name, window] : windows) {
    EXPECT_EQ((*make_algorithm({name}, 2))->window(), window) << name;
  }
}

TEST(AlgorithmRegistry, SuggestsTheNameThatWasMeant) {
  EXPECT_THAT(refusal("downpuor", nlohmann::json::object()),
              StartsWith("unknown algorithm 'downpuor' (did you mean 'downpour'?), allowed: adag, "
                         "adag-distance, aeasgd, "));
}

TEST(AlgorithmRegistry, SuggestsTheParameterThatWasMeant) {
  EXPECT_EQ(refusal("adag", {{"windw", 3}}),
            "algorithm 'adag': unknown parameter 'windw' (did you mean 'window'?), allowed: "
            "window");
}

TEST(AlgorithmRegistry, RefusesAWindowThatIsNoCount) {
  for (
      const auto& window : nlohmann::json::parse(
          R"([0, -1, 100001, 18446744073709551615, -9223372036854775808, 2.5, "five", null, []])")) {
    EXPECT_EQ(refusal("adag", {{"window", window}}),
              "algorithm 'adag': parameter 'window' is " + window.dump() +
                  ", allowed: a whole number from 1 to 100000");
  }
  EXPECT_TRUE(make_algorithm({"adag", {{"window", 1}}}, 2));
  EXPECT_TRUE(make_algorithm({"adag", {{"window", 100'000}}}, 2));
}

TEST(AlgorithmRegistry, RefusesParametersOfARuleThatWasNotChosen) {
  EXPECT_EQ(refusal("downpour", {{"learning_rate", 0.1}}),
            "algorithm 'downpour': unknown parameter 'learning_rate', allowed: window, n_push, "
            "warm_start, server, n_fetch");
  EXPECT_EQ(refusal("downpour", {{"server", "adagrad"}, {"learning_rate", 0.1}}), "accepted");
}

TEST(AlgorithmRegistry, RefusesParametersThatDoNotFitTogether) {
  EXPECT_EQ(refusal("downpour", {{"n_push", 2}, {"n_fetch", 5}}),
            "algorithm 'downpour': parameter 'n_fetch' is 5, allowed: a multiple of n_push, which "
            "is 2, because a worker fetches in the exchange in which it pushes");
  EXPECT_EQ(
      refusal("downpour", {{"n_push", 2}, {"window", 2}}),
      "algorithm 'downpour': parameters 'window' and 'n_push' are the same: give one of them");
}

TEST(AlgorithmRegistry, DoesNotNeedTheWorkersToTellWhetherParametersAreValid) {
  EXPECT_TRUE(make_algorithm({"sync-sgd", {{"backup_workers", 9}}}, 1));
  EXPECT_TRUE(make_algorithm({"sync-sgd", {{"backup_workers", 9}}}, 4));
  EXPECT_TRUE(make_algorithm({"easgd", {{"alpha", 1}}}, 1000));
}

TEST(AlgorithmRegistry, RefusesParametersThatAreNoMapping) {
  EXPECT_EQ(refusal("adag", 12),
            "algorithm 'adag': parameters are 12, allowed: a mapping of names to values");
}

TEST(AlgorithmRegistry, ShowsOnlyTheBeginningOfAHugeValue) {
  const auto message = refusal("adag", {{"window", std::string(1'000'000, 'x') + "\xff"}});
  EXPECT_LT(message.size(), 200U);
  EXPECT_THAT(message, HasSubstr("xxx..."));
}

}  // namespace
}  // namespace dk
