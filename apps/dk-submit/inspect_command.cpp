// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/api_error.hpp"
#include "apps/dk-submit/choose_arrays.hpp"
#include "apps/dk-submit/command.hpp"
#include "apps/dk-submit/render_profile.hpp"
#include "apps/dk-submit/source_options.hpp"
#include "storage/data/open_reader.hpp"
#include "storage/data/text_columns.hpp"

#include <unistd.h>

#include <iostream>
#include <memory>

namespace dk::submit {
namespace {

struct InspectOptions {
  SourceOptions source;
  std::size_t rows = 5;
  bool all = false;
};

Result<DataProfile> inspect(const InspectOptions& options, std::string& source) {
  DK_TRY_ASSIGN(auto config, source_config(options.source));
  DK_TRY(choose_arrays(config, nullptr, options.source.features.empty()));
  source = storage::describe(config);
  auto opened = storage::open_reader(config);
  if (!opened && opened.error().code == Errc::kInvalid && !config.labels.empty()) {
    auto with_texts = config;
    storage::add_text_columns(with_texts, nlohmann::json::array({"label_index"}));
    if (auto read = storage::open_reader(with_texts)) opened = std::move(read);
  }
  DK_TRY_ASSIGN(const auto reader, std::move(opened));
  return profile(*reader, options.rows);
}

int show(const InspectOptions& options, bool json) {
  std::string source;
  const auto profile = inspect(options, source);
  if (!profile) return report(profile.error(), json);
  if (json) {
    std::cout << api::to_line(profile_json(*profile, source)) << "\n";
  } else {
    std::cout << render_profile(*profile, source, {::isatty(STDOUT_FILENO) != 0, options.all});
  }
  return kFinished;
}

void add_options(CLI::App& command, InspectOptions& options) {
  command
      .add_option("FILE", options.source.files, "The data files, or globs; rows follow one another")
      ->required();
  add_source_options(command, options.source);
  command.add_option("--rows", options.rows, "How many rows are printed (default 5)")
      ->check(CLI::Range(0, 1000));
  command.add_flag("--all", options.all, "Print all columns and label values");
}

}  // namespace

void add_data_commands(CLI::App& app, const Globals& globals, Action& chosen) {
  CLI::App* data = add_command(app, "data", "Look at data files",
                               "dk-submit data inspect iris.csv --label species");
  data->require_subcommand(1);
  const auto options = std::make_shared<InspectOptions>();
  CLI::App* command = add_command(
      *data, "inspect",
      "Rows, columns, types, ranges, missing values, histograms and classes of data files",
      "dk-submit data inspect iris.csv --label species\n"
      "  dk-submit data inspect train-images-idx3-ubyte.gz --label train-labels-idx1-ubyte.gz");
  add_options(*command, *options);
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] { return show(*options, globals.json); };
  });
}

}  // namespace dk::submit
