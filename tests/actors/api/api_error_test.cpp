// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/api_error.hpp"

#include <gtest/gtest.h>

namespace dk::api {
namespace {

TEST(ApiError, EveryCodeSurvivesTheWayThroughABody) {
  for (int number = 1; number <= static_cast<int>(Errc::kInternal); ++number) {
    const Error error{static_cast<Errc>(number), "line 3: \"x\""};
    EXPECT_EQ(parse_error_body(error_body(error)), error);
  }
}

TEST(ApiError, ABodyOfAnotherFormIsNoError) {
  for (const auto* body : {"", "<html>", "[]", "{}", R"({"error":"x"})", R"({"error":{"code":1}})",
                           R"({"error":{"code":"invalid","message":7}})"}) {
    EXPECT_FALSE(parse_error_body(body)) << body;
  }
}

TEST(ApiError, AnUnknownCodeIsInternal) {
  const auto error = parse_error_body(R"({"error":{"code":"from_the_future","message":"m"}})");
  EXPECT_EQ(error, (Error{Errc::kInternal, "m"}));
}

TEST(ApiError, AMessageThatIsNotUtf8IsStillJson) {
  const auto body = error_body({Errc::kInvalid, "path \xff"});
  EXPECT_EQ(parse_error_body(body)->message, "path \xEF\xBF\xBD");
}

TEST(ApiError, BrokenJsonIsInvalid) {
  EXPECT_EQ(parse_json("{\"a\":").error().code, Errc::kInvalid);
}

}  // namespace
}  // namespace dk::api
