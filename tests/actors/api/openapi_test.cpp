// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/http_server.hpp"
#include "actors/api/routes.hpp"
#include "tests/actors/api/fake_gateway.hpp"
#include "tests/support/json_schema.hpp"

#include <gtest/gtest.h>
#include <httplib.h>

#include <algorithm>
#include <cctype>
#include <set>

namespace dk {
namespace {

using nlohmann::json;

class OpenApi : public testing::Test {
 protected:
  void SetUp() override {
    server = std::move(*HttpServer::start(gateway, "127.0.0.1", 0));
    const auto response = httplib::Client("127.0.0.1", server->port()).Get("/api/v1/openapi.json");
    ASSERT_TRUE(response);
    ASSERT_EQ(response->status, 200);
    document = json::parse(response->body);
  }

  test::FakeGateway gateway;
  std::unique_ptr<HttpServer> server;
  json document;
};

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

TEST_F(OpenApi, HasEveryCallOfTheServerWithItsRoleAndNoOther) {
  std::set<std::string> of_server;
  for (const auto& route : api::routes())
    of_server.insert(
        fmt::format("{} {} {}", lower(route.method), route.path, to_string(route.least)));
  std::set<std::string> of_file;
  for (const auto& [path, calls] : document["paths"].items()) {
    for (const auto& [method, call] : calls.items())
      of_file.insert(
          fmt::format("{} {} {}", method, path, call["x-least-role"].get<std::string>()));
  }
  EXPECT_EQ(of_server, of_file);
}

TEST_F(OpenApi, EveryCallInItIsServed) {
  for (const auto& [path, calls] : document["paths"].items()) {
    std::string target = path;
    for (const auto& [name, value] :
         {std::pair("{id}", "7"), std::pair("{number}", "3"), std::pair("{name}", "node-1")}) {
      if (const auto at = target.find(name); at != std::string::npos)
        target.replace(at, std::string_view(name).size(), value);
    }
    httplib::Client client("127.0.0.1", server->port());
    for (const auto& [method, call] : calls.items()) {
      const auto follow = path.ends_with("/events") ? "?follow=false" : "";
      const auto response = method == "get" ? client.Get(target + follow)
                                            : client.Post(target, "{}", "application/json");
      ASSERT_TRUE(response) << method << " " << target;
      EXPECT_EQ(response->body.find("no such resource"), std::string::npos)
          << method << " " << target;
      EXPECT_TRUE(call["responses"].contains(std::to_string(response->status)))
          << method << " " << target << ": " << response->status;
    }
  }
}

TEST_F(OpenApi, EveryReferenceInItLeadsSomewhere) {
  const std::function<void(const json&)> follow = [&](const json& value) {
    if (value.is_object() && value.contains("$ref")) {
      const auto target = value["$ref"].get<std::string>().substr(1);
      EXPECT_TRUE(document.contains(json::json_pointer(target))) << target;
    }
    if (value.is_structured())
      for (const auto& item : value) follow(item);
  };
  follow(document);
}

TEST_F(OpenApi, EveryCallHasANameOfItsOwnAndAParameterForEachPartInBraces) {
  std::set<std::string> names;
  for (const auto& [path, calls] : document["paths"].items()) {
    for (const auto& [method, call] : calls.items()) {
      EXPECT_TRUE(names.insert(call["operationId"].get<std::string>()).second)
          << call["operationId"];
      std::set<std::string> parameters;
      for (const auto& parameter : call.value("parameters", json::array()))
        if (parameter.contains("$ref")) parameters.insert(parameter["$ref"].get<std::string>());
      EXPECT_EQ(parameters.size(), static_cast<std::size_t>(std::ranges::count(path, '{')))
          << method << " " << path;
    }
  }
}

TEST_F(OpenApi, ErrorsAreAsItSays) {
  httplib::Client client("127.0.0.1", server->port());
  for (const auto* target : {"/api/v1/jobs/8", "/api/v1/jobs/x", "/nowhere"}) {
    const auto response = client.Get(target);
    EXPECT_EQ(
        test::schema_faults(document, "/components/schemas/Error", json::parse(response->body)), "")
        << response->body;
    EXPECT_EQ(json::parse(response->body)["error"]["request_id"],
              response->get_header_value("X-Request-Id"));
  }
}

}  // namespace
}  // namespace dk
