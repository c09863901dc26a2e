// SPDX-License-Identifier: GPL-3.0-or-later
// What the real program prints, word for word. Each golden/*.txt is a list of
//
//   $ COMMAND LINE
//   exit CODE
//   standard output and error, up to the next `$ `
//
// run by /bin/sh in a copy of golden/files, with the supervisor of golden_gateway.hpp at
// DK_SUPERVISOR. Directory and address stand there as DIR and URL, ids of requests as ID. With
// DK_REWRITE_GOLDEN=1 the files are written anew, to be read before they are committed.
#include "actors/api/http_server.hpp"
#include "base/files.hpp"
#include "tests/apps/golden_gateway.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <regex>
#include <sstream>

namespace dk::submit {
namespace {

namespace fs = std::filesystem;

const fs::path kGolden = DK_GOLDEN;

struct Case {
  std::string command;
  std::string outcome;
};

struct GoldenFile {
  std::string heading;  ///< comments in front of the first case
  std::vector<Case> cases;
};

GoldenFile read_golden(const fs::path& file) {
  GoldenFile golden;
  std::istringstream lines(read_file(file).value_or(""));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("$ ")) {
      golden.cases.push_back({line.substr(2), ""});
    } else {
      (golden.cases.empty() ? golden.heading : golden.cases.back().outcome) += line + "\n";
    }
  }
  return golden;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

class Golden : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    server = std::move(*HttpServer::start(gateway, "127.0.0.1", 0));
    url = fmt::format("http://127.0.0.1:{}", server->port());
    fs::copy(kGolden / "files", dir.path(), fs::copy_options::recursive);
  }

  std::string outcome_of(const std::string& command) {
    const auto script = (dir / "command.sh").string();
    const auto text = fmt::format("exec 2>&1\nrm -f command.sh\n{}\n", command);
    EXPECT_TRUE(write_file_atomic(script, std::as_bytes(std::span(text))));
    const auto line = fmt::format(
        "cd {0} && env -i PATH='{1}:/usr/bin:/bin' HOME={0} LC_ALL=C.UTF-8 DK_SUPERVISOR={2} "
        "/bin/sh command.sh",
        dir.path().string(), fs::path(DK_SUBMIT_BINARY).parent_path().string(), url);
    FILE* pipe = ::popen(line.c_str(), "r");
    std::string output;
    char buffer[4096];
    for (std::size_t n = 0; (n = ::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
      output.append(buffer, n);
    const int code = WEXITSTATUS(::pclose(pipe));
    replace_all(output, dir.path().string(), "DIR");
    replace_all(output, url, "URL");
    output = std::regex_replace(output, std::regex(R"("request_id":"[0-9a-f]{16}")"),
                                R"("request_id":"ID")");
    if (!output.empty() && !output.ends_with('\n')) output += "\n";
    return fmt::format("exit {}\n{}", code, output);
  }

  test::TempDir dir;
  test::GoldenGateway gateway;
  std::unique_ptr<HttpServer> server;
  std::string url;
};

TEST_P(Golden, PrintsWhatItPrinted) {
  const auto file = kGolden / (GetParam() + ".txt");
  const auto golden = read_golden(file);
  ASSERT_FALSE(golden.cases.empty()) << file;
  const char* rewrite = std::getenv("DK_REWRITE_GOLDEN");
  const bool rewrites = rewrite != nullptr && std::string(rewrite) == "1";
  std::string text = golden.heading;
  for (const auto& one : golden.cases) {
    const auto outcome = outcome_of(one.command);
    text += "$ " + one.command + "\n" + outcome;
    if (!rewrites) {
      EXPECT_EQ(outcome, one.outcome) << "$ " << one.command;
    }
  }
  if (rewrites) {
    ASSERT_TRUE(write_file_atomic(file, std::as_bytes(std::span(text))));
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Golden,
                         testing::Values("bad_descriptors", "bad_calls", "views", "views_json"),
                         [](const auto& file) { return file.param; });

}  // namespace
}  // namespace dk::submit
