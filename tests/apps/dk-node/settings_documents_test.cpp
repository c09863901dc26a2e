// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-node/setting_flags.hpp"
#include "base/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <sstream>

namespace dk {
namespace {

using testing::HasSubstr;

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string text_of(const std::string& path) {
  const auto text = read_file(std::filesystem::path(DK_SOURCE_DIR) / path);
  EXPECT_TRUE(text) << text.error().message;
  return text.value_or("");
}

/// Key and flag of every setting.
Pairs keys() {
  Pairs result;
  for (const auto& key : setting_keys()) result.emplace_back(key.path, key.flag);
  return result;
}

TEST(SettingsDocuments, ConfigurationPageHasEveryKeyAndItsOption) {
  Pairs documented;
  const std::regex row(R"(\| `([a-z_.]+)` \| `(--[a-z-]+)[^|]*\|)");
  std::istringstream lines(text_of("docs/configuration.md"));
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_search(line, match, row)) documented.emplace_back(match[1], match[2]);
  }
  EXPECT_EQ(documented, keys());
}

TEST(SettingsDocuments, CommandLineHasAnOptionForEveryKey) {
  CLI::App app;
  SettingFlags flags;
  flags.add_to(app);
  std::vector<std::string> expected{"--help"};
  for (const auto& [key, flag] : keys()) expected.push_back(flag);
  std::vector<std::string> options;
  for (const auto* option : app.get_options()) options.push_back(option->get_name());
  EXPECT_EQ(options, expected);
}

/// The keys that a fault about an unknown one says are allowed.
TEST(SettingsDocuments, FileTakesEveryKeyAndNoOther) {
  std::set<std::string> expected;
  std::set<std::string> sections;
  for (const auto& key : setting_keys()) {
    expected.insert(std::string(key.path));
    const auto dot = key.path.find('.');
    if (dot != std::string_view::npos) sections.insert(std::string(key.path.substr(0, dot)));
  }
  const auto allowed = [](const std::string& text) {
    const auto read = read_settings(ConfigFile{text, "f", "."}, {}, {"n", 1, "/d"});
    EXPECT_FALSE(read);
    const auto& message = read.error().message;
    const auto first = message.find("allowed: ") + 9;
    std::istringstream list(message.substr(first, message.find('\n') - first));
    std::vector<std::string> names;
    for (std::string name; std::getline(list >> std::ws, name, ',');) names.push_back(name);
    return names;
  };
  std::set<std::string> taken;
  for (const auto& name : allowed("zzz: 1\n")) {
    if (!sections.contains(name)) taken.insert(name);
  }
  for (const auto& section : sections) {
    for (const auto& name : allowed(section + ": {zzz: 1}\n")) taken.insert(section + "." + name);
  }
  EXPECT_EQ(taken, expected);
}

/// The example with every key that is commented out in it.
std::string whole_example() {
  std::istringstream lines(text_of("deploy/dk-node.yaml"));
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    const bool is_key = line.size() > 1 && line[0] == '#' &&
                        (line[1] != ' ' || (line.size() > 2 && line[2] == ' '));
    text += (is_key ? line.substr(1) : line) + "\n";
  }
  return text;
}

TEST(SettingsDocuments, ExampleHasEveryKeyAndIsInOrderWithAndWithoutThem) {
  const Machine machine{"n", 1, "/d"};
  const auto whole = read_settings(ConfigFile{whole_example(), "f", "."}, {}, machine);
  ASSERT_TRUE(whole) << whole.error().message;
  for (std::size_t i = 0; i < whole->origins.size(); ++i)
    EXPECT_THAT(whole->origins[i], HasSubstr("f:")) << setting_keys()[i].path;
  const auto plain =
      read_settings(ConfigFile{text_of("deploy/dk-node.yaml"), "f", "."}, {}, machine);
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_TRUE(plain->settings.node.supervisor);
}

}  // namespace
}  // namespace dk
