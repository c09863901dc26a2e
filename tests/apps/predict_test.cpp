// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/command.hpp"
#include "apps/dk-submit/predictor.hpp"
#include "base/files.hpp"
#include "base/npy.hpp"
#include "model/keras/read_json.hpp"
#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>

namespace dk::submit {
namespace {

using nlohmann::json;
using testing::HasSubstr;

/// The real program on real files.
class Predict : public testing::Test {
 protected:
  struct Outcome {
    int code = 0;
    std::string text;  ///< Standard output and error.
  };

  std::string path(const std::string& name) const { return (dir_ / name).string(); }
  std::string file(const std::string& name, const std::string& text) {
    EXPECT_TRUE(write_file_atomic(dir_ / name, std::as_bytes(std::span(text))));
    return path(name);
  }
  std::string text(const std::string& name) const { return read_file(dir_ / name).value_or(""); }
  NpyArray array(const std::string& name) const {
    const auto bytes = text(name);
    return parse_npy(std::as_bytes(std::span(bytes)), name).value_or(NpyArray{});
  }
  Outcome run(const std::string& arguments) const {
    const auto command =
        "DK_CACHE_DIR=" + path("cache") + " " DK_SUBMIT_BINARY " " + arguments + " 2>&1";
    FILE* pipe = ::popen(command.c_str(), "r");
    Outcome outcome;
    char buffer[4096];
    for (std::size_t n = 0; (n = ::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
      outcome.text.append(buffer, n);
    }
    outcome.code = WEXITSTATUS(::pclose(pipe));
    return outcome;
  }
  /// A dense layer "y" of so many units; `weights` is its kernel, then its bias.
  std::string model(const std::string& name, std::size_t inputs, std::size_t units,
                    const std::vector<float>& weights, const std::string& loss = "mse",
                    const std::string& transforms = "") {
    const json layers = json::array(
        {{{"Dense", {{"units", units}, {"name", "y"}, {"input_shape", json::array({inputs})}}}}});
    const auto built =
        model::Model::build(*model::read_layer_list(layers, "test"), {.training = false}).value();
    std::copy(weights.begin(), weights.end(), built->parameters().begin());
    model::SaveOptions save;
    save.training_config = {{"optimizer", {{"name", "sgd"}}},
                            {"loss", loss},
                            {"metrics", json::array({"accuracy"})},
                            {"loss_weights", nullptr}};
    save.transforms = transforms;
    EXPECT_TRUE(model::write_model_file(dir_ / name, *built, save));
    return path(name);
  }

  test::TempDir dir_;
};

/// b then a, each less 1, from a table that has them the other way round.
constexpr const char* kSaved =
    R"({"raw":{"features":[{"name":"features","shape":[2],"columns":["b","a"]}],)"
    R"("labels":[{"name":"kind","shape":[]}]},)"
    R"("transforms":[{"scale":{"scale":1,"offset":-1}}]})";

TEST_F(Predict, AppliesTheTransformsOfTheFileToItsColumns) {
  const auto m = model("m.keras", 2, 1, {1, 10, 0.5F}, "mse", kSaved);
  const auto table = file("t.csv", "a,kind,b\n1,7,2\n3,7,1\n");
  const auto outcome =
      run("predict --model " + m + " --input " + table + " --output " + path("p.csv"));
  EXPECT_EQ(outcome.code, kFinished) << outcome.text;
  EXPECT_EQ(text("p.csv"), "y\n1.5\n20.5\n");
}

TEST_F(Predict, KeepsTheOrderOfMoreRowsThanOneStepTakes) {
  const auto m = model("m.h5", 1, 1, {2, 0});
  std::string rows = "x\n";
  for (int i = 0; i < 1000; ++i) rows += std::to_string(i) + "\n";
  const auto outcome = run("predict --model " + m + " --input " + file("t.csv", rows) +
                           " --output " + path("p.npy"));
  ASSERT_EQ(outcome.code, kFinished) << outcome.text;
  const auto predicted = array("p.npy");
  EXPECT_EQ(predicted.shape, (std::vector<std::size_t>{1000, 1}));
  for (std::size_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(predicted.values[i], 2.0F * static_cast<float>(i));
  }
}

TEST_F(Predict, WritesClassesBesideOrInstead) {
  const auto m = model("m.h5", 1, 3, {0, 1, 0, 0.5F, 0, 0.25F});
  const auto common =
      "predict --model " + m + " --input " + file("t.csv", "x\n0\n1\n") + " --output ";
  ASSERT_EQ(run(common + path("b.csv") + " --index beside").code, kFinished);
  EXPECT_EQ(text("b.csv"), "y_0,y_1,y_2,y_class\n0.5,0,0.25,0\n0.5,1,0.25,1\n");
  ASSERT_EQ(run(common + path("o.csv") + " --index only").code, kFinished);
  EXPECT_EQ(text("o.csv"), "y_class\n0\n1\n");
  ASSERT_EQ(run(common + path("b.npy") + " --index beside").code, kFinished);
  EXPECT_EQ(array("b.npy").shape, (std::vector<std::size_t>{2, 3}));
  EXPECT_EQ(array("b.index.npy").shape, (std::vector<std::size_t>{2}));
  EXPECT_EQ(array("b.index.npy").values, (std::vector<float>{0, 1}));
}

TEST_F(Predict, CombinesSeveralFiles) {
  const auto models = "predict --model " + model("a.h5", 1, 2, {0, 0, 1, 0}) + " --model " +
                      model("b.h5", 1, 2, {0, 0, 1, 0}) + " --model " +
                      model("c.h5", 1, 2, {0, 0, 0, 8}) + " --input " + file("t.csv", "x\n0\n") +
                      " --output " + path("p.csv");
  ASSERT_EQ(run(models + " --combine weighted --member-weights 1,1,2").code, kFinished);
  EXPECT_EQ(text("p.csv"), "y_0,y_1\n0.5,4\n");
  ASSERT_EQ(run(models + " --combine majority --index only").code, kFinished);
  EXPECT_EQ(text("p.csv"), "y_class\n0\n");
  EXPECT_THAT(run(models + " --combine weighted --member-weights 1,2").text,
              HasSubstr("2 weights for 3 models"));
  EXPECT_THAT(run(models + " --combine median").text, HasSubstr("--combine is 'median'"));
}

TEST_F(Predict, TakesAFileForEachInputAndWritesOneForEachOutput) {
  model::Architecture graph;
  graph.sequential = false;
  graph.inputs = {{"a", {1}}, {"b", {2}}};
  graph.layers = {{"Dense", "one", {{"units", 1}}}, {"Dense", "two", {{"units", 2}}}};
  graph.calls = {{0, {{0, 0}}}, {1, {{1, 0}}}};
  graph.outputs = {{3, 0}, {2, 0}};
  const auto built = model::Model::build(graph, {.max_batch_size = 2, .training = false}).value();
  // one: 2 a + 1; two: (b1, b2)
  const std::vector<float> weights{2, 1, 1, 0, 0, 1, 0, 0};
  std::copy(weights.begin(), weights.end(), built->parameters().begin());
  ASSERT_TRUE(model::write_model_file(dir_ / "m.keras", *built, {}));
  const auto npy = [&](const std::string& name, std::vector<std::size_t> shape,
                       const std::vector<float>& values) {
    EXPECT_TRUE(write_file_atomic(dir_ / name, npy_file(shape, values)));
    return " --input " + path(name);
  };
  const auto a = npy("a.npy", {3, 1}, {1, 2, 3});
  const auto b = npy("b.npy", {3, 2}, {4, 5, 6, 7, 8, 9});
  const auto common = "predict --model " + path("m.keras") + " --output " + path("y.csv");
  const auto outcome = run(common + a + b);
  ASSERT_EQ(outcome.code, kFinished) << outcome.text;
  EXPECT_EQ(text("y.0.csv"), "two_0,two_1\n4,5\n6,7\n8,9\n");
  EXPECT_EQ(text("y.1.csv"), "one\n3\n5\n7\n");
  EXPECT_THAT(run(common + b + a).text, HasSubstr("input 1 has 2 features; the model takes 1"));
  EXPECT_THAT(run(common + a).text, HasSubstr("a row has 1 features; the model takes 3"));
}

TEST_F(Predict, LeavesNoFileBehindAnError) {
  const auto m = model("m.h5", 2, 1, {1, 1, 0}, "mse", kSaved);
  const auto table = file("t.csv", "a,b\n1,2\n3,x\n");
  const auto outcome =
      run("predict --model " + m + " --input " + table + " --output " + path("p.csv"));
  EXPECT_EQ(outcome.code, kBadRequest);
  EXPECT_THAT(outcome.text, HasSubstr("t.csv:3"));
  EXPECT_FALSE(std::filesystem::exists(path("p.csv")));
  EXPECT_FALSE(std::filesystem::exists(path("p.csv.tmp")));
}

TEST_F(Predict, TellsRowsThatDoNotFit) {
  const auto m = model("m.h5", 2, 1, {1, 1, 0});
  const auto outcome = run("predict --model " + m + " --input " + file("t.csv", "a\n1\n") +
                           " --output " + path("p.csv"));
  EXPECT_EQ(outcome.code, kBadRequest);
  EXPECT_THAT(outcome.text, HasSubstr("a row has 1 features; the model takes 2"));
}

TEST_F(Predict, EvaluatesATableWithTheColumnsOfTheTraining) {
  const auto m =
      model("m.h5", 2, 2, {0, 0, 1, 0, 0, 0.5F}, "sparse_categorical_crossentropy", kSaved);
  // Class 0 where a - 1 > 0.5.
  const auto table = file("t.csv", "kind,a,b\n0,3,1\n1,1,1\n1,4,1\n");
  const auto outcome = run("--json evaluate --model " + m + " --input " + table);
  ASSERT_EQ(outcome.code, kFinished) << outcome.text;
  const auto result = json::parse(outcome.text);
  EXPECT_EQ(result["samples"], 3);
  EXPECT_EQ(result["classes"]["matrix"], json::parse("[[1,0],[1,1]]"));
  const auto wrong =
      run("evaluate --model " + m + " --input " + file("w.csv", "kind,a,b\n0,3,1\n2,1,1\n"));
  EXPECT_EQ(wrong.code, kBadRequest);
  EXPECT_THAT(wrong.text,
              HasSubstr("w.csv:3: the label is 2; allowed: a whole number from 0 to 1"));
}

TEST_F(Predict, EvaluatesImagesAndLabelsOfFilesOfTheirOwn) {
  const auto x = file("x.idx", std::string("\0\0\x08\x02\0\0\0\x02\0\0\0\x02\x01\x01\x02\x00", 16));
  const auto y = file("y.idx", std::string("\0\0\x08\x01\0\0\0\x02\x06\x07", 10));
  // Outputs 6 and 5: squared errors 0 and 4.
  const auto m = model("m.keras", 2, 1, {1, 2, 3});
  const auto outcome = run("--json evaluate --model " + m + " --input " + x + " --label " + y);
  ASSERT_EQ(outcome.code, kFinished) << outcome.text;
  const auto result = json::parse(outcome.text);
  EXPECT_EQ(result["loss"], 2.0);
  EXPECT_FALSE(result.contains("classes"));
  EXPECT_THAT(run("evaluate --model " + m + " --input " + x).text, HasSubstr("--label"));
}

}  // namespace
}  // namespace dk::submit
