// SPDX-License-Identifier: GPL-3.0-or-later
// A small job on a real supervisor: what its HTTP API answers is what docs/openapi.json says.
#include "actors/api/http_server.hpp"
#include "actors/node.hpp"
#include "base/files.hpp"
#include "tests/support/json_schema.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <httplib.h>

#include <sstream>

namespace dk {
namespace {

using nlohmann::json;

class OpenApiRun : public testing::Test {
 protected:
  void SetUp() override {
    std::string rows = "x,y\n";
    for (int i = 0; i < 64; ++i) rows += fmt::format("{},{}\n", i / 64.0, i % 2);
    ASSERT_TRUE(write_file_atomic(dir / "rows.csv", std::as_bytes(std::span(rows))));
    node = std::move(*start_local_node({}, 1));
    server = std::move(*HttpServer::start(*node->gateway(), "127.0.0.1", 0));
    document = get("/openapi.json");
  }

  httplib::Client client() { return httplib::Client("127.0.0.1", server->port()); }
  json get(const std::string& path) {
    auto one = client();
    one.set_read_timeout(60);
    const auto response = one.Get("/api/v1" + path);
    EXPECT_TRUE(response && response->status == 200) << path;
    return response ? json::parse(response->body, nullptr, false) : json();
  }
  /// The answer to a call, after it was held against the schema of that call in the document.
  json checked(const std::string& path, const std::string& call, const std::string& method = "get",
               const std::string& body = "") {
    auto one = client();
    one.set_read_timeout(60);
    const auto response = method == "get" ? one.Get("/api/v1" + path)
                                          : one.Post("/api/v1" + path, body, "application/json");
    EXPECT_TRUE(response) << path;
    if (!response) return {};
    const auto status = std::to_string(response->status);
    const auto answer = json::parse(response->body, nullptr, false);
    const json::json_pointer place =
        json::json_pointer("/paths") / ("/api/v1" + call) / method / "responses" / status;
    EXPECT_TRUE(document.contains(place)) << path << ": " << status << " " << response->body;
    if (!document.contains(place)) return answer;
    auto at = place;
    if (document[at].contains("$ref"))
      at = json::json_pointer(document[at]["$ref"].get<std::string>().substr(1));
    at /= "content";
    at /= "application/json";
    at /= "schema";
    EXPECT_EQ(test::schema_faults(document, at.to_string(), answer), "") << path << answer;
    return answer;
  }
  std::string descriptor() const {
    return R"({"name":"small","model":[{"Dense":{"units":1,"input_shape":[1]}}],
      "data":{"train":{"format":"csv","files":"rows.csv","features":["x"],"labels":["y"]}},
      "training":{"algorithm":"single","loss":"mse","epochs":2},"checkpoint":{"every":"100ms"}})";
  }

  test::TempDir dir;
  std::unique_ptr<Node> node;
  std::unique_ptr<HttpServer> server;
  json document;
};

TEST_F(OpenApiRun, EveryAnswerOfASmallRunFitsItsSchema) {
  const json request{{"descriptor", descriptor()}, {"base_directory", dir.path().string()}};
  EXPECT_EQ(test::schema_faults(document, "/components/schemas/JobRequest", request), "");
  const auto id = checked("/jobs", "/jobs", "post", request.dump())["id"].get<int>();
  const auto job = fmt::format("/jobs/{}", id);
  checked(job, "/jobs/{id}");
  auto follower = client();
  follower.set_read_timeout(120);
  const auto events = follower.Get("/api/v1" + job + "/events");
  ASSERT_TRUE(events);
  std::istringstream lines(events->body);
  std::string last;
  for (std::string line; std::getline(lines, line); last = line)
    EXPECT_EQ(test::schema_faults(document, "/components/schemas/Event", json::parse(line)), "");
  EXPECT_EQ(json::parse(last)["event"], "finished") << last;

  EXPECT_EQ(checked(job, "/jobs/{id}")["state"], "finished");
  EXPECT_EQ(checked("/jobs", "/jobs").size(), 1U);
  EXPECT_EQ(checked("/history", "/history")[0]["state"], "finished");
  EXPECT_EQ(checked("/nodes", "/nodes").size(), 1U);
  checked(job + "/spec", "/jobs/{id}/spec");
  checked(job + "/architecture", "/jobs/{id}/architecture");
  EXPECT_EQ(checked(job + "/request", "/jobs/{id}/request")["descriptor"], descriptor());
  const auto checkpoints = checked(job + "/checkpoints", "/jobs/{id}/checkpoints");
  ASSERT_FALSE(checkpoints.empty());
  const auto number = checkpoints[0]["checkpoint"].get<int>();
  checked(fmt::format("{}/checkpoints/{}/verify", job, number),
          "/jobs/{id}/checkpoints/{number}/verify");
  checked(job + "/checkpoints/prune", "/jobs/{id}/checkpoints/prune", "post",
          fmt::format(R"({{"checkpoints":[{}]}})", number));
  checked(job + "/cancel", "/jobs/{id}/cancel", "post");
  checked("/jobs/99", "/jobs/{id}");
  checked("/jobs", "/jobs", "post", R"({"descriptor":"name: x","base_directory":"/"})");
  checked("/nodes/nowhere/drain", "/nodes/{name}/drain", "post");
}

}  // namespace
}  // namespace dk
