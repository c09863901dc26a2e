// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/command.hpp"
#include "base/files.hpp"
#include "base/npy.hpp"
#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>

#include <cstdio>

namespace dk::submit {
namespace {

using testing::HasSubstr;

class Inspect : public testing::Test {
 protected:
  struct Outcome {
    int code = 0;
    std::string text;  ///< Standard output and error.
  };

  std::string file(const std::string& name, const std::string& text) {
    EXPECT_TRUE(write_file_atomic(dir_ / name, std::as_bytes(std::span(text))));
    return (dir_ / name).string();
  }
  Outcome inspect(const std::string& arguments) {
    const auto command = "DK_CACHE_DIR=" + (dir_ / "cache").string() +
                         " " DK_SUBMIT_BINARY " data inspect " + arguments + " 2>&1";
    FILE* pipe = ::popen(command.c_str(), "r");
    Outcome outcome;
    char buffer[4096];
    for (std::size_t n = 0; (n = ::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
      outcome.text.append(buffer, n);
    }
    outcome.code = WEXITSTATUS(::pclose(pipe));
    return outcome;
  }

  test::TempDir dir_;
};

TEST_F(Inspect, HasHelpWithAnExample) {
  const auto outcome = inspect("--help");
  EXPECT_EQ(outcome.code, kFinished);
  EXPECT_THAT(outcome.text, HasSubstr("Example:\n  dk-submit data inspect"));
}

TEST_F(Inspect, DescribesATable) {
  const auto table = file("t.csv", "age,size,kind\n30,1.5,0\n,2.5,1\n50,0.5,1\n");
  const auto outcome = inspect(table + " --label kind");
  EXPECT_EQ(outcome.code, kFinished) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("3 rows, 2 feature columns, 1 label column"));
  EXPECT_THAT(outcome.text, HasSubstr("2 values of kind"));
  EXPECT_THAT(outcome.text, HasSubstr("  1: nan 2.5 -> 1\n"));
}

TEST_F(Inspect, PrintsOneLineOfJson) {
  const auto table = file("t.csv", "age,kind\n30,0\n,1\n");
  const auto outcome = inspect(table + " --label kind --json");
  const auto json = nlohmann::json::parse(outcome.text);
  EXPECT_EQ(json["rows"], 2);
  EXPECT_EQ(json["features"][0]["name"], "age");
  EXPECT_EQ(json["features"][0]["missing"], 1);
}

TEST_F(Inspect, TakesLabelsOfAFileOfTheirOwn) {
  const std::vector<float> values = {1, 2, 3, 4};
  const std::size_t pairs[] = {2, 2};
  const std::size_t two[] = {2};
  const auto x = dir_ / "x.npy";
  const auto y = dir_ / "y.npy";
  ASSERT_TRUE(write_file_atomic(x, npy_file(pairs, values)));
  ASSERT_TRUE(write_file_atomic(y, npy_file(two, std::span(values).first(2))));
  const auto outcome = inspect(x.string() + " --label " + y.string());
  EXPECT_EQ(outcome.code, kFinished) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("2 rows, 1 feature column, 1 label column"));
  EXPECT_THAT(outcome.text, HasSubstr("features [2]"));
}

TEST_F(Inspect, CountsBadRowsWhenAsked) {
  const auto table = file("t.csv", "a,b\n1,2\n1\n3,4\n");
  const auto strict = inspect(table);
  EXPECT_EQ(strict.code, kBadRequest);
  EXPECT_THAT(strict.text, HasSubstr("t.csv:3"));
  const auto lenient = inspect(table + " --skip-bad-rows");
  EXPECT_EQ(lenient.code, kFinished) << lenient.text;
  EXPECT_THAT(lenient.text, HasSubstr("1 bad row skipped"));
}

TEST_F(Inspect, SaysWhatItNeeds) {
  const auto unnamed = inspect(file("data.bin", "1,2\n"));
  EXPECT_EQ(unnamed.code, kBadRequest);
  EXPECT_THAT(unnamed.text, HasSubstr("give --format: idx, npy, npz, csv, hdf5, libsvm"));
  EXPECT_THAT(inspect(file("a.npz", "x")).text, HasSubstr("not an NPZ file"));
  EXPECT_THAT(inspect(file("a.csv", "1\n") + " --format csvs").text,
              HasSubstr("format 'csvs' is not known (did you mean 'csv'?)"));
  EXPECT_THAT(inspect(file("a.svm", "1 1:2\n")).text,
              HasSubstr("libsvm needs the number of features"));
  EXPECT_THAT(inspect("/nonexistent/a.csv").text, HasSubstr("/nonexistent/a.csv"));
  EXPECT_EQ(inspect("").code, kBadRequest);
}

}  // namespace
}  // namespace dk::submit
