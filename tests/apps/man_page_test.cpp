// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/cli/man_page.hpp"

#include "base/files.hpp"
#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dk::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ManPage : public testing::Test {
 protected:
  ManPage() {
    app.add_flag("--json", json, "Machine-readable");
    auto* list = app.add_subcommand("list", "List what there is");
    list->footer("Example:\n  tool list x\n.hidden line");
    list->add_option("NAME", name, "Whose")->required();
    list->add_option("-n,--limit", limit, "So many\n'or so")->type_name("N");
    list->add_option("--at", at, "Where")->type_name("HOST:PORT");
    list->add_option("--like", at, "How")->check(CLI::IsMember({"a", "b"}));
    app.add_subcommand("secret", "Not shown")->group("");
    app.add_subcommand("group", "Has commands")->add_subcommand("inner", "Within");
  }

  CLI::App app{"Does things", "my-tool"};
  bool json = false;
  std::string name;
  std::string at;
  int limit = 0;
};

TEST_F(ManPage, OfACommandHasItsArgumentsOptionsAndExamples) {
  const auto page = man_page(*app.get_subcommand("list"));
  EXPECT_THAT(page, HasSubstr(".TH \"MY-TOOL-LIST\" 1"));
  EXPECT_THAT(page, HasSubstr(".SH NAME\nmy\\-tool\\-list \\- List what there is\n"));
  EXPECT_THAT(page, HasSubstr("\\fBmy\\-tool list\\fR [\\fIOPTIONS\\fR] \\fINAME\\fR\n"));
  EXPECT_THAT(page, HasSubstr("\\fB\\-n\\fR, \\fB\\-\\-limit\\fR \\fIN\\fR\n"));
  EXPECT_THAT(page, HasSubstr("\\fB\\-\\-at\\fR \\fIHOST:PORT\\fR\n"));
  EXPECT_THAT(page, HasSubstr("\\fB\\-\\-like\\fR \\fITEXT\\fR\n"));
  EXPECT_THAT(page, HasSubstr("  tool list x\n"));
  EXPECT_THAT(page, HasSubstr(".SH SEE ALSO\n\\fBmy\\-tool\\fR(1)\n"));
}

TEST_F(ManPage, NoTextBecomesARequestOfRoff) {
  const auto page = man_page(*app.get_subcommand("list"));
  EXPECT_THAT(page, HasSubstr("\n\\&.hidden line\n"));
  EXPECT_THAT(page, HasSubstr("\n\\&'or so\n"));
}

TEST_F(ManPage, OfAProgramNamesItsCommandsButNotTheHiddenOnes) {
  const auto page = man_page(app);
  EXPECT_THAT(page, HasSubstr(".SH COMMANDS\n.TP\n\\fBlist\\fR\nList what there is\n"));
  EXPECT_THAT(page, HasSubstr("\\fBmy\\-tool\\fR [\\fICOMMAND\\fR] [\\fIOPTIONS\\fR]"));
  EXPECT_THAT(page, HasSubstr("\\fB\\-\\-json\\fR\nMachine"));
  EXPECT_THAT(page, Not(HasSubstr("secret")));
}

TEST_F(ManPage, ThereIsOneForEachCommand) {
  const test::TempDir dir;
  const auto names = write_man_pages(app, dir / "man1");
  ASSERT_TRUE(names) << names.error().message;
  EXPECT_THAT(*names, ElementsAre("my-tool.1", "my-tool-list.1", "my-tool-group.1",
                                  "my-tool-group-inner.1"));
  for (const auto& file : *names) EXPECT_TRUE(read_file(dir / "man1" / file)) << file;
}

TEST_F(ManPage, AFolderThatCannotBeMadeIsNamed) {
  EXPECT_THAT(write_man_pages(app, "/proc/nowhere").error().message, HasSubstr("/proc/nowhere"));
}

}  // namespace
}  // namespace dk::cli
