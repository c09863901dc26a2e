// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/http_server.hpp"
#include "actors/descriptor/job_spec.hpp"
#include "apps/dk-submit/command.hpp"
#include "base/files.hpp"
#include "model/keras/model_file.hpp"
#include "model/keras/read_json.hpp"
#include "model/keras/write_json.hpp"
#include "tests/actors/api/fake_gateway.hpp"
#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>

namespace dk::submit {
namespace {

using testing::HasSubstr;

struct Outcome {
  int code = 0;
  /// Standard output and error.
  std::string text;
};

/// Runs the real program.
Outcome dk_submit(const std::string& arguments, const std::string& environment = "") {
  const std::string command = environment + " " DK_SUBMIT_BINARY " " + arguments + " 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");
  Outcome outcome;
  char buffer[4096];
  for (std::size_t n = 0; (n = ::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    outcome.text.append(buffer, n);
  }
  outcome.code = WEXITSTATUS(::pclose(pipe));
  return outcome;
}

TEST(CommandLine, EveryCommandHasHelpWithAnExample) {
  for (const auto* command : {"run",
                              "validate",
                              "submit",
                              "status",
                              "list",
                              "watch",
                              "events",
                              "cancel",
                              "new",
                              "completion",
                              "nodes",
                              "logs",
                              "history",
                              "rerun",
                              "top",
                              "schema",
                              "clusters",
                              "predict",
                              "evaluate",
                              "download",
                              "checkpoints list",
                              "checkpoints verify",
                              "checkpoints export",
                              "checkpoints prune"}) {
    const auto outcome = dk_submit(std::string(command) + " --help");
    EXPECT_EQ(outcome.code, 0) << command;
    EXPECT_THAT(outcome.text, HasSubstr("Example:\n  dk-submit " + std::string(command)));
  }
  EXPECT_EQ(dk_submit("--help").code, 0);
}

TEST(CommandLine, MistakesAreBadRequests) {
  for (const auto* arguments : {"", "frobnicate", "status", "status abc", "status 0", "run",
                                "run a.yaml --local --local-cluster 2", "run a.yaml --no-such",
                                "submit a.yaml --wait --watch"}) {
    EXPECT_EQ(dk_submit(arguments).code, kBadRequest) << arguments;
  }
}

TEST(CommandLine, AnUnknownCommandIsNamed) {
  EXPECT_EQ(dk_submit("frobnicate").text,
            "dk-submit: unknown command 'frobnicate'; see `dk-submit --help`\n");
  EXPECT_EQ(
      dk_submit("stauts 7").text,
      "dk-submit: unknown command 'stauts' (did you mean 'status'?); see `dk-submit --help`\n");
  EXPECT_EQ(dk_submit("--frobnicate").text,
            "dk-submit: unknown option '--frobnicate'; see `dk-submit --help`\n");
}

TEST(CommandLine, AMissingDescriptorIsNamed) {
  for (const auto* command : {"run", "validate", "submit"}) {
    const auto outcome = dk_submit(std::string(command) + " /nonexistent/job.yaml");
    EXPECT_EQ(outcome.code, kBadRequest);
    EXPECT_THAT(outcome.text, HasSubstr("/nonexistent/job.yaml"));
  }
}

TEST(CommandLine, ASupervisorThatIsNotThereHasItsOwnCode) {
  // Port 1 is privileged: no test's server can be there.
  for (const auto* command : {"list", "nodes", "status 1", "cancel 1"}) {
    const auto outcome = dk_submit(command, "DK_SUPERVISOR=http://127.0.0.1:1");
    EXPECT_EQ(outcome.code, kUnreachable) << command;
    EXPECT_THAT(outcome.text, HasSubstr("cannot reach the supervisor at http://127.0.0.1:1 ("));
  }
}

TEST(CommandLine, AMistakeNamesTheCommandWhoseHelpTellsMore) {
  EXPECT_EQ(dk_submit("status seven").text,
            "dk-submit: status: JOB: 'seven' is no whole number from 1; see `dk-submit status "
            "--help`\n");
  EXPECT_EQ(dk_submit("checkpoints list").text,
            "dk-submit: list: JOB is required; see `dk-submit checkpoints list --help`\n");
  const auto outcome = dk_submit("logs 7 --worker one --json");
  EXPECT_EQ(nlohmann::json::parse(outcome.text)["error"]["message"],
            "logs: --worker: 'one' is not of the right kind; see `dk-submit logs --help`");
}

TEST(CommandLine, ErrorsAreJsonWhenAskedFor) {
  const auto outcome = dk_submit("list --json --supervisor nonsense");
  EXPECT_EQ(outcome.code, kBadRequest);
  EXPECT_EQ(nlohmann::json::parse(outcome.text)["error"]["code"], "invalid");
}

class AgainstSupervisor : public testing::Test {
 protected:
  void SetUp() override { server = std::move(*HttpServer::start(supervisor, "127.0.0.1", 0)); }
  Outcome run(const std::string& arguments) {
    return dk_submit(fmt::format("{} --supervisor http://127.0.0.1:{}", arguments, server->port()));
  }

  test::FakeGateway supervisor;
  std::unique_ptr<HttpServer> server;
};

TEST_F(AgainstSupervisor, QuestionsAreAnswered) {
  EXPECT_THAT(run("list").text, HasSubstr("running"));
  EXPECT_THAT(run("nodes").text, HasSubstr("node-1"));
  EXPECT_THAT(run("status 7").text, HasSubstr("job 7"));
  EXPECT_EQ(run("status 7 --json").text, "{\"id\":7,\"state\":\"running\"}\n");
  EXPECT_EQ(run("status 8").code, kBadRequest);
}

TEST_F(AgainstSupervisor, SubmitSendsTheFileAndItsDirectory) {
  const test::TempDir dir;
  const std::string text = "name: x\n";
  ASSERT_TRUE(write_file_atomic(dir / "job.yaml", std::as_bytes(std::span(text))));
  EXPECT_EQ(run("submit " + (dir / "job.yaml").string() + " --set seed=2 --json").text,
            "{\"id\":7}\n");
  EXPECT_EQ(supervisor.last_request.descriptor, text);
  EXPECT_EQ(supervisor.last_request.base_directory, dir.path().string());
  EXPECT_EQ(supervisor.last_request.overrides, std::vector<std::string>{"seed=2"});
}

TEST_F(AgainstSupervisor, WatchEndsWithTheJobsOwnCode) {
  supervisor.add_event(R"({"event":"failed","job":7,"seconds":1,"reason":"out of restarts"})");
  supervisor.end_job();
  const auto outcome = run("watch 7");
  EXPECT_EQ(outcome.code, kJobFailed);
  EXPECT_THAT(outcome.text, HasSubstr("job 7 failed after 1.0 s: out of restarts"));
}

TEST_F(AgainstSupervisor, EventsPrintsWhatHasHappenedAndDoesNotWait) {
  const std::string warning =
      R"({"event":"warning","job":7,"message":"slow","time":"2026-01-01T00:00:00.123Z"})";
  supervisor.add_event(warning);
  const auto outcome = run("events 7");
  EXPECT_EQ(outcome.code, kFinished);
  EXPECT_THAT(outcome.text, HasSubstr("2026-01-01T00:00:00.123Z  warning: slow"));
  EXPECT_EQ(run("events 7 --json").text, warning + "\n");
}

TEST_F(AgainstSupervisor, DownloadWritesTheModel) {
  const test::TempDir dir;
  const std::string model = (dir / "m.json").string();
  EXPECT_EQ(run("download 7 --model " + model).code, 0);
  EXPECT_EQ(*read_file(model), R"({"class_name":"Sequential"})");
  EXPECT_EQ(run("download 7").code, kBadRequest);
}

TEST_F(AgainstSupervisor, DownloadWritesAKerasFileWithTheWeights) {
  const test::TempDir dir;
  const auto layers = nlohmann::json::parse(R"([{"Dense":{"units":1,"input_shape":[2]}}])");
  supervisor.architecture_of_job = model::write_keras_json(*model::read_layer_list(layers, "test"));
  JobSpec spec;
  spec.loss = "mse";
  spec.optimizer = {{"name", "sgd"}};
  spec.algorithm.name = "single";
  supervisor.spec_of_job = to_json(spec);
  const std::vector<float> weights{1, 2, 3};
  const auto bytes = std::as_bytes(std::span(weights));
  supervisor.weights_of_job.assign(bytes.begin(), bytes.end());
  for (const char* name : {"m.h5", "m.keras"}) {
    const std::string file = (dir / name).string();
    const auto outcome = run("download 7 --model " + file);
    ASSERT_EQ(outcome.code, 0) << outcome.text;
    const auto read = model::build_model(*model::read_model_file(file), {});
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_TRUE(std::ranges::equal((*read)->parameters(), weights));
  }
}

}  // namespace
}  // namespace dk::submit
