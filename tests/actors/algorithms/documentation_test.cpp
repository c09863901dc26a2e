// SPDX-License-Identifier: GPL-3.0-or-later
// The pages about algorithms say what is true.
#include "tests/actors/algorithms/howto/sign_vote.hpp"
#include "tests/actors/algorithms/simulated_training.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace dk {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(std::filesystem::path(DK_SOURCES) / path);
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_FALSE(text.str().empty()) << path << " is not there";
  return text.str();
}

std::vector<std::string> cpp_blocks(const std::string& page) {
  const std::string begin = "```cpp\n";
  std::vector<std::string> blocks;
  for (auto at = page.find(begin); at != std::string::npos; at = page.find(begin, at)) {
    at += begin.size();
    blocks.push_back(page.substr(at, page.find("```", at) - at));
  }
  return blocks;
}

TEST(AlgorithmHowto, ShowsTheSourcesThatAreCompiledHere) {
  const auto blocks = cpp_blocks(text_of("docs/howto/algorithm.md"));
  EXPECT_EQ(blocks.size(), 3U);
  for (const char* name : {"sign_vote.hpp", "sign_vote.cpp", "sign_vote_test.cpp"}) {
    const auto source = text_of(std::filesystem::path("tests/actors/algorithms/howto") / name);
    EXPECT_THAT(blocks, Contains(source)) << name << " and docs/howto/algorithm.md differ";
  }
}

TEST(AlgorithmHowto, BuildsAnAlgorithmThatTrains) {
  const AlgorithmConfig config{"sign-vote", {{"learning_rate", 0.0625}}};
  ParameterReader parameters(config, 3);
  const SignVote algorithm(parameters);
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    toy::Simulation simulation(algorithm, {.workers = 3, .windows = 360, .seed = seed});
    ASSERT_EQ(simulation.run(), "") << "seed " << seed;
    ASSERT_LT(simulation.remaining_loss(), 0.01) << "seed " << seed;
  }
}

TEST(AlgorithmTable, HasARowForEveryAlgorithmWithItsWindow) {
  const auto page = text_of("docs/algorithms.md");
  for (const auto& name : known_algorithms()) {
    std::istringstream lines(page);
    std::string line;
    bool found = false;
    while (!found && std::getline(lines, line)) {
      found = line.starts_with("| `" + name + "` |") ||
              line.find("| `" + name + "` | free") != line.npos;
    }
    ASSERT_TRUE(found) << name << " has no row in docs/algorithms.md";
    const auto window = name == "averaging"
                            ? std::string("an epoch's share")
                            : std::to_string((*make_algorithm({name}, 2))->window());
    EXPECT_THAT(line, HasSubstr("(" + window + ")")) << name;
  }
}

}  // namespace
}  // namespace dk
