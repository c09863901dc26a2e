// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/routes.hpp"

#include <gtest/gtest.h>

#include <regex>

namespace dk::api {
namespace {

TEST(Routes, APatternHasAGroupForEachPartInBraces) {
  EXPECT_EQ(pattern_of("/api/v1/jobs/{id}/checkpoints/{number}/verify"),
            "/api/v1/jobs/([^/]+)/checkpoints/([^/]+)/verify");
  EXPECT_EQ(pattern_of("/api/v1/openapi.json"), "/api/v1/openapi\\.json");
}

TEST(Routes, NoTwoOfAMethodMatchTheSamePath) {
  for (const auto& one : routes()) {
    int matches = 0;
    for (const auto& other : routes()) {
      if (one.method != other.method) continue;
      const std::regex pattern(pattern_of(other.path));
      matches += std::regex_match(std::string(one.path), pattern) ? 1 : 0;
    }
    EXPECT_EQ(matches, 1) << one.method << " " << one.path;
  }
}

}  // namespace
}  // namespace dk::api
