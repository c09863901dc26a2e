// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/remote_data.hpp"

#include "actors/data_server.hpp"
#include "actors/error.hpp"
#include "actors/launcher.hpp"
#include "actors/node_agent.hpp"
#include "actors/runtime_config.hpp"
#include "tests/support/temp_dir.hpp"

#include <caf/all.hpp>
#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <map>

namespace dk::test {
namespace {

using ::testing::HasSubstr;

/// Nodes on real threads, each with copies of files in a folder of its own: a path of this machine,
/// which has no files, becomes one of the node's.
class RemoteDataTest : public ::testing::Test {
 protected:
  RemoteDataTest() : nodes(std::make_shared<DataNodes>()) {
    config.format = "csv";
    config.files = {"/nowhere/train.csv"};
    config.labels = {{"", {}, {"y"}, ""}};
    for (int i = 0; i < 1000; ++i) text += fmt::format("{},{},{}\n", i, i + 1, i % 2);
  }
  ~RemoteDataTest() override {
    for (const auto& [name, server] : servers) kill(server);
    for (const auto& agent : agents) kill(agent);
  }
  template <class Handle>
  static void kill(const Handle& actor) {
    caf::anon_send_exit(actor, caf::exit_reason::kill);
  }

  /// A node with `rows`, or without the file.
  void add_node(const std::string& name, std::optional<std::string> rows) {
    std::filesystem::create_directory(dir / name);
    if (rows) std::ofstream(dir / name / "train.csv") << "a,b,y\n" << *rows;
    servers[name] = system.spawn(data_server, DataServerConfig{cache(name), 8, 1 << 20});
    const auto folder = dir / name;
    auto here = system.spawn([folder, server = servers[name], this](
                                 DataServerActor::pointer self) -> DataServerActor::behavior_type {
      const auto moved = [folder](std::string source) {
        return source.replace(source.find("/nowhere"), 8, folder.string());
      };
      return {[=](open_atom, const std::string& source) {
                return self->delegate(server, open_atom_v, moved(source));
              },
              [=, this](get_atom, const std::string& source, std::uint64_t fingerprint,
                        std::uint64_t first, std::uint32_t count) {
                ++gets;
                return self->delegate(server, get_atom_v, moved(source), fingerprint, first, count);
              }};
    });
    auto agent = system.spawn([here](NodeAgentActor::pointer) -> NodeAgentActor::behavior_type {
      return {[](put_atom, const Supervisors&) {},
              [](launch_atom, const ExecutorLaunch&) { return 0U; },
              [](kill_atom, Incarnation, std::uint64_t) {},
              [](store_atom) { return caf::strong_actor_ptr(); },
              [here](data_atom) { return caf::actor_cast<caf::strong_actor_ptr>(here); }};
    });
    agents.push_back(agent);
    fronts[name] = here;
    peers.push_back({name, {{}, 0, caf::actor_cast<caf::strong_actor_ptr>(agent)}});
    nodes->set(peers);
  }
  storage::CacheDirectory cache(const std::string& name) {
    return storage::CacheDirectory(dir / ("cache-" + name));
  }
  Result<std::shared_ptr<const storage::Reader>> open() {
    return open_here_or_elsewhere(system, nodes)(config, {cache("here"), 1 << 20});
  }
  void expect_row(const storage::Reader& reader, std::uint64_t row) {
    std::vector<float> x(2);
    std::vector<float> y(1);
    const auto read = reader.read(row, 1, x, y);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(x[0], static_cast<float>(row));
    EXPECT_EQ(y[0], static_cast<float>(row % 2));
  }

  TempDir dir;
  RuntimeConfig runtime{RuntimeConfig::Network::kNone};
  caf::actor_system system{runtime};
  std::shared_ptr<DataNodes> nodes;
  storage::SourceConfig config;
  std::string text;
  std::map<std::string, DataServerActor> servers;
  std::map<std::string, DataServerActor> fronts;
  std::vector<NodeAgentActor> agents;
  std::vector<NodePeer> peers;
  std::atomic<int> gets{0};
};

TEST_F(RemoteDataTest, ReadsFromTheFirstNodeThatHasTheFiles) {
  add_node("a", std::nullopt);
  add_node("b", text);
  const auto reader = open();
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ((*reader)->rows(), 1000U);
  for (const std::uint64_t row : {0U, 999U, 17U}) expect_row(**reader, row);
  EXPECT_EQ(gets, 1);
}

TEST_F(RemoteDataTest, GoesOnWithACopyWhenTheNodeIsGone) {
  add_node("a", text);
  add_node("b", text);
  const auto reader = *open();
  kill(fronts.at("a"));
  expect_row(*reader, 500);
}

TEST_F(RemoteDataTest, FailsAtOnceWithEveryNodesWordWhenNoneHasTheFiles) {
  add_node("a", std::nullopt);
  add_node("b", std::nullopt);
  const auto reader = open();
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, Errc::kNotFound);
  EXPECT_THAT(reader.error().message, HasSubstr("/nowhere/train.csv"));
  EXPECT_THAT(reader.error().message, HasSubstr("node a: "));
  EXPECT_THAT(reader.error().message, HasSubstr("node b: "));
}

TEST_F(RemoteDataTest, TakesNoRowsFromOtherFilesOfTheSameName) {
  add_node("a", text);
  add_node("b", text + "1,2,0\n");
  const auto reader = *open();
  std::filesystem::remove(dir / "a" / "train.csv");
  kill(servers.at("a"));
  kill(fronts.at("a"));
  peers.erase(peers.begin());
  nodes->set(peers);
  std::vector<float> x(2);
  std::vector<float> y(1);
  const auto read = reader->read(0, 1, x, y);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("node b: has other files of these names"));
}

TEST_F(RemoteDataTest, AFileThatIsHereIsReadHereAndABrokenOneIsAnError) {
  add_node("a", text);
  config.files = {(dir / "train.csv").string()};
  std::ofstream(dir / "train.csv") << "a,b,y\n0,1,0\n";
  EXPECT_EQ((*open())->rows(), 1U);
  std::ofstream(dir / "train.csv") << "a,b,y\n0,x,0\n";
  EXPECT_EQ(open().error().code, Errc::kInvalid);
  EXPECT_EQ(gets, 0);
}

}  // namespace
}  // namespace dk::test
