// SPDX-License-Identifier: GPL-3.0-or-later
// Trains on a standing cluster from files that its machines have, and asks the cluster about it:
//
//     example_on_cluster http://127.0.0.1:7300 examples/moons.csv
//
// Over https a token's text is taken from DK_TOKEN and the authority's certificate from DK_CA_FILE.
#include "distributed_keras/trainers.hpp"
#include "model/sequential.hpp"

#include <fmt/core.h>

#include <cstdlib>
#include <filesystem>

namespace {

using Json = nlohmann::json;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

dk::Result<dk::model::Architecture> network() {
  dk::model::Sequential net("moons");
  net.input({2});
  net.add("Dense", {{"units", 16}, {"activation", "relu"}});
  net.add("Dense", {{"units", 2}, {"activation", "softmax"}});
  return net.build();
}

void show(const Json& event) {
  const auto kind = event.value("event", "");
  if (kind == "failure" || kind == "recovery" || kind == "checkpoint")
    fmt::print("{}: {}\n", kind, event.dump());
}

dk::Result<void> run(const char* url, const char* csv) {
  DK_TRY_ASSIGN(const auto cluster,
                dk::Cluster::connect(
                    {.urls = url,
                     .user = {.token = variable("DK_TOKEN"), .ca_file = variable("DK_CA_FILE")}}));
  DK_TRY_ASSIGN(const auto nodes, cluster->gateway().nodes());
  fmt::print("{} machine(s)\n", nodes.size());

  const Json rows = {
      {"format", "csv"}, {"files", std::filesystem::absolute(csv).string()}, {"labels", "moon"}};
  const Json transforms = Json::array({{{"impute", "mean"}}});
  DK_TRY_ASSIGN(auto net, network());
  dk::Downpour trainer({.model = std::move(net),
                        .loss = "sparse_categorical_crossentropy",
                        .metrics = {"accuracy"},
                        .epochs = 3,
                        .workers = 2,
                        .name = "moons",
                        .descriptor = {{"checkpoint", {{"every", "1s"}}}}});
  trainer.on_event(show);
  DK_TRY_ASSIGN(const auto model,
                trainer.train({.train = rows, .test = rows, .transforms = transforms}, *cluster));

  DK_TRY_ASSIGN(const auto status, cluster->gateway().status(trainer.job()));
  fmt::print("job {} is {}; {} parameters are here\n", trainer.job().value,
             status.value("state", ""), model->parameter_count());
  fmt::print("test: {}\n", trainer.outcome()["test"].dump());
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: {} URL FILE.csv\n", argv[0]);
    return 2;
  }
  const auto done = run(argv[1], argv[2]);
  if (!done) fmt::print(stderr, "error: {}\n", done.error().message);
  return done ? 0 : 1;
}
