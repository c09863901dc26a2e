// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/http_server.hpp"
#include "actors/descriptor/job_spec.hpp"
#include "apps/dk-submit/command.hpp"
#include "apps/dk-submit/render_checkpoints.hpp"
#include "model/keras/model_file.hpp"
#include "model/keras/read_json.hpp"
#include "model/keras/write_json.hpp"
#include "tests/actors/api/fake_gateway.hpp"
#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>

namespace dk::submit {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// `dk-submit checkpoints` against a supervisor that has job 7 with checkpoint 3.
class CheckpointsCommand : public ::testing::Test {
 protected:
  struct Outcome {
    int code = -1;
    std::string text;
  };
  void SetUp() override { server = std::move(*HttpServer::start(supervisor, "127.0.0.1", 0)); }
  Outcome run(const std::string& arguments) {
    const auto command = fmt::format("{} checkpoints {} --supervisor http://127.0.0.1:{} 2>&1",
                                     DK_SUBMIT_BINARY, arguments, server->port());
    FILE* pipe = ::popen(command.c_str(), "r");
    Outcome outcome;
    char buffer[4096];
    for (std::size_t n = 0; (n = ::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
      outcome.text.append(buffer, n);
    outcome.code = WEXITSTATUS(::pclose(pipe));
    return outcome;
  }

  test::FakeGateway supervisor;
  std::unique_ptr<HttpServer> server;
};

TEST_F(CheckpointsCommand, ListShowsEachOne) {
  supervisor.checkpoints_of_job = json::array({{{"checkpoint", 3},
                                                {"age_seconds", 42.0},
                                                {"updates", 1500},
                                                {"epoch", 2},
                                                {"loss", 0.25},
                                                {"bytes", 4'000'000},
                                                {"chunks", 4},
                                                {"nodes", {{"a", 4}, {"b", 3}}},
                                                {"restart", true},
                                                {"result", false}}});
  const auto outcome = run("list 7");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.text,
              AllOf(HasSubstr("42 s"), HasSubstr("1,500"), HasSubstr("0.25"),
                    HasSubstr("a, b (3 of 4 chunks)"), HasSubstr("a restart takes it")));
  EXPECT_EQ(json::parse(run("list 7 --json").text), supervisor.checkpoints_of_job);
}

TEST_F(CheckpointsCommand, VerifyReadsAllPiecesOfWhatIsWhole) {
  const auto outcome = run("verify 7");
  EXPECT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("checkpoint 3: 100 chunks"));
  EXPECT_THAT(outcome.text, HasSubstr("all copies are good"));
  const auto result = json::parse(run("verify 7 3 --json").text);
  EXPECT_EQ(result.at("checkpoints").at(0).at("bytes"), 100'000);
}

TEST_F(CheckpointsCommand, ABadCopyIsNamedAndIsNoFailureWhileThereIsAnother) {
  supervisor.faults_of_job = json::array(
      {{{"chunk", 4096}, {"node", "b"}, {"reason", "chunk 4096 of checkpoint 3 of job 7: ..."}}});
  const auto outcome = run("verify 7 3");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.text, HasSubstr("chunk 4096 on node b: chunk 4096 of checkpoint 3 of job 7"));
}

TEST_F(CheckpointsCommand, AChunkWithoutAGoodCopyIsExitCodeOne) {
  supervisor.faults_of_job = json::array({{{"chunk", 0}, {"node", "b"}, {"reason", "broken"}}});
  supervisor.lost_of_job = json::array({0});
  const auto outcome = run("verify 7");
  EXPECT_EQ(outcome.code, kJobFailed);
  EXPECT_THAT(outcome.text, AllOf(HasSubstr("LOST"), HasSubstr("no good copy is left")));
}

TEST_F(CheckpointsCommand, AManifestThatCannotBeReadIsExitCodeOne) {
  supervisor.checkpoints_of_job.push_back({{"checkpoint", nullptr}, {"damaged", "manifest of 2"}});
  const auto outcome = run("verify 7");
  EXPECT_EQ(outcome.code, kJobFailed);
  EXPECT_THAT(outcome.text, HasSubstr("damaged: manifest of 2"));
}

TEST_F(CheckpointsCommand, PruneKeepsTheNewestAndPrintsWhatWent) {
  supervisor.checkpoints_of_job =
      json::array({{{"checkpoint", 5}}, {{"checkpoint", 4}}, {{"checkpoint", 3}}});
  EXPECT_EQ(run("prune 7 --keep 1").text, "pruned: 4, 3\n");
  EXPECT_EQ(supervisor.pruned, (std::vector{CheckpointId(4), CheckpointId(3)}));
  EXPECT_EQ(run("prune 7 --keep 3").text, "nothing to prune\n");
  EXPECT_EQ(run("prune 7 4 --json").text, "{\"pruned\":[4]}\n");
}

TEST_F(CheckpointsCommand, PruneWantsOneOfItsTwoForms) {
  for (const auto* arguments : {"prune 7", "prune 7 3 --keep 1", "prune 7 --keep 0", "prune"})
    EXPECT_EQ(run(arguments).code, kBadRequest) << arguments;
  supervisor.fail_with(Errc::kInvalid, "checkpoint 3 stays: a callback may return to it");
  const auto outcome = run("prune 7 3");
  EXPECT_EQ(outcome.code, kBadRequest);
  EXPECT_THAT(outcome.text, HasSubstr("a callback may return to it"));
}

TEST_F(CheckpointsCommand, ExportWritesAKerasFileByItsName) {
  const test::TempDir dir;
  const auto layers = json::parse(R"([{"Dense":{"units":1,"input_shape":[2]}}])");
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
    const auto file = (dir / name).string();
    ASSERT_EQ(run("export 7 3 " + file).code, 0);
    const auto read = model::build_model(*model::read_model_file(file), {});
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_TRUE(std::ranges::equal((*read)->parameters(), weights)) << name;
  }
  EXPECT_EQ(run("export 7 3 " + (dir / "m.npz").string()).code, 0);
  EXPECT_NE(run("export 7 9 " + (dir / "n.h5").string()).code, 0);
  EXPECT_EQ(run("export 7 3 " + (dir / "m.txt").string()).code, kBadRequest);
}

TEST(RenderCheckpoints, ShowsADashForWhatIsNotKnown) {
  const auto text = render_checkpoints(json::array({{{"checkpoint", 3}, {"loss", nullptr}}}));
  EXPECT_THAT(text, AllOf(HasSubstr("3"), HasSubstr("-"), Not(HasSubstr("null"))));
  EXPECT_EQ(render_checkpoints(json::array()), "no checkpoints\n");
}

}  // namespace
}  // namespace dk::submit
