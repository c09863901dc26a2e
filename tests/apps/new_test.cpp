// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/descriptor.hpp"
#include "actors/descriptor/job_model.hpp"
#include "actors/descriptor/job_schema.hpp"
#include "actors/descriptor/yaml_tree.hpp"
#include "apps/dk-submit/completion.hpp"
#include "apps/dk-submit/templates.hpp"
#include "base/files.hpp"
#include "tests/support/json_schema.hpp"
#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <fstream>

namespace dk::submit {
namespace {

using testing::HasSubstr;

TEST(Templates, AreDescriptorsWhoseModelsCanBeBuilt) {
  for (const auto& entry : templates()) {
    const auto spec = read_descriptor(std::string(entry.text), "job.yaml", "/", {});
    ASSERT_TRUE(spec) << entry.name << ": " << spec.error().message;
    EXPECT_EQ(spec->name, entry.name);
    const auto model = build_model(*spec);
    EXPECT_TRUE(model) << entry.name << ": " << model.error().message;
  }
}

TEST(Templates, FitTheSchemaOfDescriptors) {
  for (const auto& entry : templates()) {
    descriptor::Faults faults;
    const auto root = descriptor::parse_yaml(entry.text, "job.yaml", true, faults);
    ASSERT_TRUE(root) << entry.name;
    EXPECT_EQ(test::schema_faults(job_schema(), "", descriptor::to_json(*root, "", faults)), "")
        << entry.name;
  }
}

class NewCommand : public testing::Test {
 protected:
  int run(const std::string& arguments) {
    const std::string command =
        "cd " + dir.path().string() + " && " DK_SUBMIT_BINARY " " + arguments + " > out 2>&1";
    return WEXITSTATUS(std::system(command.c_str()));
  }
  std::string text(const std::string& file) {
    return read_file(dir.path() / file).value_or("nothing");
  }

  test::TempDir dir;
};

TEST_F(NewCommand, WritesADescriptorThatNamesItself) {
  EXPECT_EQ(run("new job.yaml --template tabular"), 0);
  EXPECT_THAT(text("job.yaml"), HasSubstr("dk-submit validate job.yaml"));
  EXPECT_THAT(text("out"), HasSubstr("dk-submit validate job.yaml"));
}

TEST_F(NewCommand, LeavesAFileThatIsThereAlone) {
  std::ofstream(dir.path() / "job.yaml") << "mine";
  EXPECT_EQ(run("new job.yaml"), 2);
  EXPECT_EQ(text("job.yaml"), "mine");
  EXPECT_THAT(text("out"), HasSubstr("job.yaml is there already"));
}

TEST_F(NewCommand, NamesTheTemplatesWhenOneIsWrong) {
  EXPECT_EQ(run("new job.yaml --template rnn"), 2);
  EXPECT_THAT(text("out"), HasSubstr("tabular"));
}

/// What bash offers after these words.
class Completion : public NewCommand {
 protected:
  std::string offered(const std::string& words) {
    EXPECT_EQ(run("completion bash"), 0);
    std::ofstream(dir.path() / "try.sh")
        << "source ./out\nCOMP_WORDS=(" << words
        << ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_dk_submit\necho \"${COMPREPLY[*]}\"\n";
    const auto command = "cd " + dir.path().string() + " && bash try.sh > offered";
    EXPECT_EQ(std::system(command.c_str()), 0);
    return text("offered");
  }
};

TEST_F(Completion, OffersCommands) {
  EXPECT_EQ(offered("dk-submit wat"), "watch\n");
  EXPECT_EQ(offered("dk-submit checkpoints ''"), "list verify export prune\n");
}

TEST_F(Completion, OffersTheOptionsOfACommandAndThoseOfAll) {
  EXPECT_EQ(offered("dk-submit submit job.yaml --wa"), "--wait --watch\n");
  EXPECT_EQ(offered("dk-submit submit --js"), "--json\n");
}

TEST_F(Completion, LeavesFileNamesToTheShell) {
  EXPECT_EQ(offered("dk-submit submit jo"), "\n");
}

}  // namespace
}  // namespace dk::submit
