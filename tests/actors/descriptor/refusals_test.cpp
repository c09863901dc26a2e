// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/actors/descriptor/descriptor_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>

namespace dk::test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

/// One edit of the full descriptor and all that is said about it.
struct Refusal {
  const char* from;
  const char* to;
  const char* message;
};

void PrintTo(const Refusal& refusal, std::ostream* out) {
  *out << refusal.from << " -> " << refusal.to;
}

class Refusals : public testing::TestWithParam<Refusal> {};

TEST_P(Refusals, SayWhereWhatAndWhatIsAllowed) {
  const auto text = with(kFull, GetParam().from, GetParam().to);
  ASSERT_NE(text, "") << "the fixture has no such line";
  const auto spec = read(text);
  ASSERT_FALSE(spec);
  EXPECT_EQ(spec.error().code, Errc::kInvalid);
  EXPECT_EQ(spec.error().message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Values, Refusals,
    testing::ValuesIn(std::vector<Refusal>{
        {"batch_size: 64", "batch_size: 0",
         "job.yaml:15:15: training.batch_size is '0'; allowed: a whole number from 1 to 1000000"},
        {"batch_size: 64", "batch_size: -1",
         "job.yaml:15:15: training.batch_size is '-1'; allowed: a whole number from 1 to 1000000"},
        {"batch_size: 64", "batch_size: 3.5",
         "job.yaml:15:15: training.batch_size is '3.5'; allowed: a whole number from 1 to 1000000"},
        {"batch_size: 64", "batch_size: '64'",
         "job.yaml:15:15: training.batch_size is '64' in quotes; allowed: a whole number from 1 to "
         "1000000"},
        {"batch_size: 64", "batch_size:",
         "job.yaml:15:3: training.batch_size is empty; allowed: a whole number from 1 to 1000000"},
        {"epochs: 7", "epochs: .nan",
         "job.yaml:16:11: training.epochs is '.nan'; allowed: a whole number from 0 to 1000000"},
        {"epochs: 7", "epochs: 99999999999999999999",
         "job.yaml:16:11: training.epochs is '99999999999999999999'; allowed: a whole number from "
         "0 "
         "to 1000000"},
        {"epochs: 7", "epochs: [7]",
         "job.yaml:16:11: training.epochs is a list; allowed: a whole number from 0 to 1000000"},
        {"shuffle: false", "shuffle: maybe",
         "job.yaml:17:12: training.shuffle is 'maybe'; allowed: true, false"},
        {"min: 2", "min: 5",
         "job.yaml:18:12: training.workers.min is 5 and max is 4; allowed: min <= max"},
        {"max: 4", "max: 5000",
         "job.yaml:18:26: training.workers.max is '5000'; allowed: a whole number from 1 to 1024"},
        {"{min: 2, max: 4}", "many",
         "job.yaml:18:12: training.workers is 'many'; allowed: a whole number from 1 to 1024"},
        {"parameter_servers: 3", "parameter_servers: 0",
         "job.yaml:19:22: training.parameter_servers is '0'; allowed: a whole number from 1 to "
         "256"},
        {"keep: 5", "keep: 0",
         "job.yaml:20:33: checkpoint.keep is '0'; allowed: a whole number from 1 to 1000"},
        {"every: 1.5s", "every: 99ms",
         "job.yaml:20:21: checkpoint.every is '99ms'; allowed: a number with its unit (ms, s, m, "
         "h) "
         "from 100ms to 24h"},
        {"every: 1.5s", "every: 10",
         "job.yaml:20:21: checkpoint.every is '10'; allowed: a number with its unit (ms, s, m, h) "
         "from 100ms to 24h"},
        {"every: 1.5s", "every: -3s",
         "job.yaml:20:21: checkpoint.every is '-3s'; allowed: a number with its unit (ms, s, m, h) "
         "from 100ms to 24h"},
        {"seed: 42", "seed: -1",
         "job.yaml:21:7: seed is '-1'; allowed: a whole number from 0 to 18446744073709551615"},
        {"name: full", "name: ''",
         "job.yaml:1:7: name is '' in quotes; allowed: text of 1 to 100 bytes"},
        {"name: full", "name: \"a\\0b\"",
         "job.yaml:1:7: name is 'a\\x00b' in quotes; allowed: text of 1 to 100 bytes"},
        {"{one_hot: 10}", "{one_hot: 10, min_max: {}}",
         "job.yaml:9:57: data.transform[1] is a mapping; allowed: a mapping of one key: a "
         "transform and its arguments"},
        {"{one_hot: 10}", "scale",
         "job.yaml:9:57: data.transform[1]: scale: scale is missing: a number"},
        {"from: [0, 255]", "from: [255, 0]",
         "job.yaml:9:15: data.transform[0]: min_max: from is [255, 0]; allowed: [min, max] with "
         "min below max"},
        {"to: [-1, 1]", "to: [0, .inf]",
         "job.yaml:9:50: data.transform[0].min_max.to[1] is '.inf'; allowed: a finite number"},
        {"  transform:", "  memory: 3\n  transform:",
         "job.yaml:9:11: data.memory is '3'; allowed: a size from 1MiB to 1024GiB, such as 500MB"},
        {"  transform:", "  class_balance: more\n  transform:",
         "job.yaml:9:18: data.class_balance is 'more'; allowed: none, oversample, undersample"},
        {"  transform:", "  validation: {fraction: 1}\n  transform:",
         "job.yaml:9:26: data.validation.fraction is '1'; allowed: a number between 0 and 1"},
        {"[accuracy]", "[accuracy, accuracy]",
         "job.yaml:14:23: training.metrics[1] names 'accuracy' again"},
        {"shuffle: false", "callbacks: early_stopping",
         "job.yaml:17:14: training.callbacks is 'early_stopping'; allowed: a list of up to 100 of "
         "early_stopping, model_checkpoint, reduce_lr_on_plateau, learning_rate_scheduler, "
         "csv_logger, terminate_on_nan, stop_at_target"},
        {"shuffle: false", "callbacks: [terminate_on_nan, {patience: 3}]",
         "job.yaml:17:33: training.callbacks[1].name is missing; allowed: a name, or a mapping "
         "with the key name and its parameters"},
        {"shuffle: false", "callbacks: [{name: early_stopping, patience: -3}]",
         "job.yaml:17:15: training.callbacks[0]: callback early_stopping: patience is -3; it must "
         "be a whole number from 0 to 1000000000"},
        {"{name: adam, learning_rate: 0.01}", "[adam]",
         "job.yaml:12:14: training.optimizer is a list; allowed: a name, or a mapping with the key "
         "name and its parameters"},
        {"learning_rate: 0.01", "learning_rate: .inf",
         "job.yaml:12:42: training.optimizer.learning_rate is '.inf'; allowed: a finite number"},
        {"{name: downpour, window: 5}", "{window: 5}",
         "job.yaml:11:14: training.algorithm.name is missing; allowed: a name, or a mapping with "
         "the "
         "key name and its parameters"},
        {"{format: idx, features: x.gz", "{format: cvs, features: x.gz",
         "job.yaml:4:19: data.train.format is 'cvs'; allowed: idx, npy, npz, "
         "csv, hdf5, libsvm"},
        {"model: mlp.json", "model: {class_name: Sequential}",
         "job.yaml:2:8: model is a mapping; allowed: the path of a Keras file, or a list of "
         "layers"},
    }));

INSTANTIATE_TEST_SUITE_P(
    Keys, Refusals,
    testing::ValuesIn(std::vector<Refusal>{
        {"epochs: 7", "epoch: 7",
         "job.yaml:16:3: unknown key 'epoch' in training; did you mean 'epochs'? allowed: "
         "algorithm, "
         "batch_size, callbacks, class_weight, epochs, loss, metrics, optimizer, "
         "parameter_servers, replicas, shuffle, "
         "threads, workers"},
        {"epochs: 7", "epochs: 7\n  epochs: 8",
         "job.yaml:17:3: key 'epochs' stands twice; the first is on line 16"},
        {"seed: 42", "sead: 42",
         "job.yaml:21:1: unknown key 'sead'; did you mean 'seed'? allowed: checkpoint, data, "
         "initial_model, "
         "model, "
         "name, nodes, output, priority, seed, training"},
        {"keep: 5", "<<: 5",
         "job.yaml:20:27: unknown key '<<' in checkpoint; allowed: every, keep, worker_state"},
        {"format: idx\n    features", "features",
         "job.yaml:6:5: data.test.format is missing; allowed: idx, npy, npz, csv, hdf5, libsvm"},
        {"name: full\n", "", "job.yaml:1:1: name is missing; allowed: text of 1 to 100 bytes"},
        {"seed: 42", "seed: 42\nnodes: {zone: the moon}",
         "job.yaml:22:15: nodes.zone is 'the moon'; allowed: NAME: VALUE, each 1 to 63 letters, "
         "digits and the characters . _ -; up to 64 of them"},
        {"{every: 1.5s, keep: 5}", "10s",
         "job.yaml:20:13: checkpoint is '10s'; allowed: a mapping of keys"},
    }));

INSTANTIATE_TEST_SUITE_P(
    Syntax, Refusals,
    testing::ValuesIn(std::vector<Refusal>{
        {"seed: 42", "seed: &a 42",
         "job.yaml:21:7: anchors (&name) are not allowed in a descriptor"},
        {"seed: 42", "seed: !!int 42",
         "job.yaml:21:7: tags are not allowed in a descriptor: 'tag:yaml.org,2002:int'"},
        {"seed: 42", "seed: 42\n---\nname: b",
         "job.yaml:22:1: a second document; a descriptor is one"},
        {"seed: 42", "seed: \xff",
         "job.yaml:21:7: byte 0xff; allowed: UTF-8 text without control characters"},
        {"seed: 42", "seed: \x01",
         "job.yaml:21:7: byte 0x01; allowed: UTF-8 text without control characters"},
        {"seed: 42", "[seed]: 42", "job.yaml:21:1: a key is a list or mapping; allowed: a word"},
    }));

TEST(Descriptor, TellsAllFaultsAtOnceInTheOrderOfTheText) {
  auto text = with(kFull, "name: full", "nam: full");
  text = with(text, "batch_size: 64", "batch_size: 0");
  text = with(text, "keep: 5", "keep: 0");
  EXPECT_EQ(faults_of(text),
            "job.yaml:1:1: name is missing; allowed: text of 1 to 100 bytes\n"
            "job.yaml:1:1: unknown key 'nam'; did you mean 'name'? allowed: checkpoint, data, "
            "initial_model, "
            "model, name, nodes, output, priority, seed, training\n"
            "job.yaml:15:15: training.batch_size is '0'; allowed: a whole number from 1 to "
            "1000000\n"
            "job.yaml:20:33: checkpoint.keep is '0'; allowed: a whole number from 1 to 1000");
}

TEST(Descriptor, NamesTheLineOfASyntaxError) {
  EXPECT_THAT(faults_of("name: a\ntraining: {loss: x\n"), StartsWith("job.yaml:3:1: "));
  EXPECT_EQ(faults_of("training:\n\tloss: x\n"),
            "job.yaml:2:6: a tab in the indentation; allowed: spaces");
}

TEST(Descriptor, RefusesAnEmptyText) {
  EXPECT_EQ(faults_of(""), "job.yaml:1:1: the descriptor is empty; allowed: a mapping of keys");
  EXPECT_EQ(faults_of("# nothing\n"),
            "job.yaml:1:1: the descriptor is empty; allowed: a mapping of keys");
}

TEST(Descriptor, RefusesWhatIsNoMapping) {
  EXPECT_EQ(faults_of("- name\n"),
            "job.yaml:1:1: the descriptor is a list; allowed: a mapping of keys");
}

TEST(Descriptor, RefusesATextAboveOneMebibyte) {
  const std::string text(1'048'577, '#');
  EXPECT_EQ(faults_of(text), "job.yaml: 1048577 bytes; allowed: up to 1048576");
}

TEST(Descriptor, RefusesDeepNesting) {
  const auto deep = "name: " + std::string(100, '[') + std::string(100, ']');
  EXPECT_EQ(faults_of(deep), "job.yaml:1:38: nested deeper than 32 levels");
}

TEST(Descriptor, AnswersHalfAMillionOpenBrackets) {
  EXPECT_NE(faults_of(std::string(500'000, '[')), "");
  EXPECT_NE(faults_of(std::string(500'000, '{')), "");
}

TEST(Descriptor, RefusesAnAliasBombAtItsFirstAnchor) {
  EXPECT_THAT(faults_of("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"),
              StartsWith("job.yaml:1:4: anchors"));
}

TEST(Descriptor, RefusesMoreValuesThanAnyJobNeeds) {
  std::string text = "name: [";
  for (int i = 0; i < 20'000; ++i) text += "a,";
  EXPECT_THAT(faults_of(text + "]"), EndsWith(": more than 20000 values"));
}

TEST(Descriptor, ShortensAFloodOfFaults) {
  std::string text(kSmall);
  for (int i = 0; i < 2'000; ++i) text += fmt::format("unknown{}: 1\n", i);
  const auto faults = faults_of(text);
  EXPECT_EQ(std::count(faults.begin(), faults.end(), '\n'), 50);
  EXPECT_THAT(faults, EndsWith("\n... and 1950 more faults"));
}

TEST(Descriptor, NamesTheModelFileThatIsNotThere) {
  EXPECT_THAT(faults_of(with(kFull, "mlp.json", "nowhere.json")),
              AllOf(StartsWith("job.yaml:2:8: model: "), HasSubstr("nowhere.json")));
}

TEST(Descriptor, RefusesAFolderAsTheModel) {
  EXPECT_EQ(faults_of(with(kFull, "mlp.json", "/dev")), "job.yaml:2:8: model: /dev: not a file");
}

}  // namespace
}  // namespace dk::test
