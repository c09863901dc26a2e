// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/descriptor/job_schema.hpp"

#include "actors/descriptor/yaml_tree.hpp"
#include "base/files.hpp"
#include "tests/actors/descriptor/descriptor_fixture.hpp"
#include "tests/support/json_schema.hpp"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

namespace dk {
namespace {

using nlohmann::json;
using Names = std::set<std::string>;

json tree_of(const std::string& yaml) {
  descriptor::Faults faults;
  const auto root = descriptor::parse_yaml(yaml, "job.yaml", true, faults);
  return root ? descriptor::to_json(*root, "", faults) : json();
}

/// A descriptor with a key that nobody knows in the mapping at `pointer`: those that the reader
/// then says it allows there.
Names keys_of_reader(json job, const std::string& pointer) {
  job[json::json_pointer(pointer + "/zzzzzzzzzz")] = 1;
  const auto faults = test::faults_of(job.dump());
  std::istringstream lines(faults);
  for (std::string line; std::getline(lines, line);) {
    if (line.find("unknown key 'zzzzzzzzzz'") == std::string::npos) continue;
    constexpr std::string_view kAllowed = "allowed: ";
    std::istringstream words(line.substr(line.find(kAllowed) + kAllowed.size()));
    Names names;
    for (std::string word; words >> word;) names.insert(word.substr(0, word.find(',')));
    return names;
  }
  ADD_FAILURE() << pointer << " takes any key: " << faults;
  return {};
}

Names keys_of(const json& properties) {
  Names names;
  for (const auto& [key, value] : properties.items()) names.insert(key);
  return names;
}

class JobSchema : public testing::Test {
 protected:
  json properties(const std::string& pointer) const {
    return schema[json::json_pointer(pointer + "/properties")];
  }

  json schema = job_schema();
  json full = tree_of(std::string(test::kFull));
};

TEST_F(JobSchema, HasTheKeysOfTheReaderAndNoOthers) {
  full["output"] = {{"model", "m.h5"}};
  full["data"]["split"] = {{"train", 0.5}};
  const std::vector<std::pair<std::string, std::string>> mappings{
      {"", ""},
      {"/output", "/properties/output"},
      {"/data", "/definitions/data"},
      {"/data/split", "/definitions/split"},
      {"/training", "/definitions/training"},
      {"/training/workers", "/definitions/workers"},
      {"/checkpoint", "/properties/checkpoint"}};
  for (const auto& [place, definition] : mappings)
    EXPECT_EQ(keys_of_reader(full, place), keys_of(properties(definition))) << place;
  full["data"]["validation"] = {{"fraction", 0.5}};
  full["data"].erase("split");
  EXPECT_EQ(keys_of_reader(full, "/data/validation"), keys_of(properties("/definitions/share")));
}

TEST_F(JobSchema, HasTheKeysOfTheReaderForEveryFormatOfData) {
  Names all;
  for (const auto& rule : schema["definitions"]["set"]["allOf"]) {
    const auto format = rule["if"]["properties"]["format"]["const"].get<std::string>();
    full["data"]["train"] = {{"format", format}};
    const auto& names = rule["then"]["propertyNames"]["enum"];
    const Names of_format(names.begin(), names.end());
    EXPECT_EQ(keys_of_reader(full, "/data/train"), of_format) << format;
    all.insert(of_format.begin(), of_format.end());
  }
  EXPECT_EQ(all, keys_of(properties("/definitions/set")));
  EXPECT_EQ(schema["definitions"]["set"]["allOf"].size(),
            schema["definitions"]["format_name"]["enum"].size());
}

TEST_F(JobSchema, HasTheKeysOfTheReaderForAFieldOfData) {
  Names all;
  for (const auto* format : {"idx", "csv", "hdf5"}) {
    full["data"]["train"] = {{"format", format}, {"features", {{"name", "x"}}}};
    all.merge(keys_of_reader(full, "/data/train/features"));
  }
  EXPECT_EQ(all, keys_of(properties("/definitions/field")));
}

TEST_F(JobSchema, HasTheLimitsOfTheReader) {
  const std::vector<std::pair<std::string, std::string>> mappings{
      {"training", "/definitions/training"}, {"checkpoint", "/properties/checkpoint"}};
  int checked = 0;
  for (const auto& [section, definition] : mappings) {
    const auto found = properties(definition);
    for (const auto& [key, property] : found.items()) {
      if (!property.contains("maximum")) continue;
      const auto refused = [&, name = key](std::int64_t value) {
        auto job = full;
        job[section][name] = value;
        return test::faults_of(job.dump()).find(section + "." + name + " is '") !=
               std::string::npos;
      };
      EXPECT_TRUE(refused(property["maximum"].get<std::int64_t>() + 1)) << key;
      EXPECT_FALSE(refused(property["maximum"])) << key;
      EXPECT_TRUE(refused(property["minimum"].get<std::int64_t>() - 1)) << key;
      EXPECT_FALSE(refused(property["minimum"])) << key;
      ++checked;
    }
  }
  EXPECT_EQ(checked, 6);
}

TEST_F(JobSchema, HasTheDefaultsOfTheReader) {
  const auto small = tree_of(std::string(test::kSmall));
  const auto expected = to_json(*test::read(small.dump()));
  const std::vector<std::pair<std::string, std::string>> mappings{
      {"", ""},
      {"/data", "/definitions/data"},
      {"/training", "/definitions/training"},
      {"/checkpoint", "/properties/checkpoint"}};
  for (const auto& [place, definition] : mappings) {
    const auto found = properties(definition);
    for (const auto& [key, property] : found.items()) {
      if (!property.contains("default")) continue;
      auto job = small;
      job[json::json_pointer(place + "/" + key)] = property["default"];
      const auto spec = test::read(job.dump());
      ASSERT_TRUE(spec) << key << ": " << spec.error().message;
      EXPECT_EQ(to_json(*spec), expected) << place << "/" << key;
    }
  }
}

TEST_F(JobSchema, IsFitByEveryExample) {
  int examples = 0;
  for (const auto& entry : std::filesystem::directory_iterator(test::kExamples)) {
    if (entry.path().extension() != ".yaml") continue;
    const auto job = tree_of(*read_file(entry.path()));
    EXPECT_EQ(test::schema_faults(schema, "", job), "") << entry.path();
    ++examples;
  }
  EXPECT_GE(examples, 4);
  EXPECT_EQ(test::schema_faults(schema, "", full), "");
}

TEST_F(JobSchema, RefusesWhatTheReaderRefuses) {
  const std::vector<std::string> mistakes{R"({"training":{"epoch":3}})",
                                          R"({"training":{"epochs":-1}})",
                                          R"({"training":{"epochs":"3"}})",
                                          R"({"training":{"batch_size":0}})",
                                          R"({"training":{"loss":"cross_entropy"}})",
                                          R"({"training":{"optimizer":{"name":null}}})",
                                          R"({"training":{"algorithm":{"name":"adagg"}}})",
                                          R"({"training":{"metrics":"accuracy"}})",
                                          R"({"training":{"workers":{"min":0}}})",
                                          R"({"checkpoint":{"every":"10"}})",
                                          R"({"checkpoint":{"keep":0}})",
                                          R"({"data":{"class_balance":"over"}})",
                                          R"({"data":{"memory":"much"}})",
                                          R"({"data":{"transform":[{"minmax":{}}]}})",
                                          R"({"data":{"train":{"format":"parquet"}}})",
                                          R"({"data":{"train":{"format":"idx","size":3}}})",
                                          R"({"data":{"split":{"train":2}}})",
                                          R"({"output":{"model":"m.onnx"}})",
                                          R"({"seed":-1})",
                                          R"({"name":""})",
                                          R"({"nam":"x"})"};
  for (const auto& mistake : mistakes) {
    auto job = full;
    job.merge_patch(json::parse(mistake));
    EXPECT_NE(test::faults_of(job.dump()), "") << mistake;
    EXPECT_NE(test::schema_faults(schema, "", job), "") << mistake;
  }
}

TEST_F(JobSchema, SaysOfEveryKeyWhatItMeans) {
  for (const auto* definition :
       {"", "/properties/output", "/properties/checkpoint", "/definitions/data",
        "/definitions/split", "/definitions/training", "/definitions/workers", "/definitions/set",
        "/definitions/field"}) {
    const auto found = properties(definition);
    for (const auto& [key, property] : found.items()) {
      const bool told = property.contains("description");
      const bool elsewhere =
          property.contains("$ref") &&
          schema[json::json_pointer(property["$ref"].get<std::string>().substr(1))].contains(
              "description");
      EXPECT_TRUE(told || elsewhere) << definition << "/" << key;
    }
  }
}

}  // namespace
}  // namespace dk
