// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/api_error.hpp"
#include "apps/dk-submit/command.hpp"
#include "apps/dk-submit/templates.hpp"
#include "base/files.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>

namespace dk::submit {
namespace {

struct NewOptions {
  std::string file;
  std::string kind = "mlp";
};

Result<void> write(const NewOptions& options) {
  const auto all = templates();
  const auto& found = *std::ranges::find(all, options.kind, &Template::name);
  std::error_code error;
  if (std::filesystem::exists(options.file, error)) {
    return fail(Errc::kInvalid, "{} is there already and stays as it is; take another name",
                options.file);
  }
  std::string text(found.text);
  for (auto at = text.find("THIS-FILE"); at != std::string::npos; at = text.find("THIS-FILE"))
    text.replace(at, 9, options.file);
  return write_file_atomic(options.file, std::as_bytes(std::span(text)));
}

int run(const NewOptions& options, bool json) {
  if (auto written = write(options); !written) return report(written.error(), json);
  if (json) {
    std::cout << api::to_line({{"file", options.file}, {"template", options.kind}}) << "\n";
  } else {
    std::cout << options.file << " is written; put your data's files and columns in, then\n"
              << "  dk-submit validate " << options.file << "\n";
  }
  return kFinished;
}

}  // namespace

void add_new_command(CLI::App& app, const Globals& globals, Action& chosen) {
  const auto options = std::make_shared<NewOptions>();
  CLI::App* command = add_command(app, "new", "Write a job descriptor to begin with",
                                  "dk-submit new job.yaml --template cnn");
  std::vector<std::string> names;
  std::string about = "What the job is about:";
  for (const auto& entry : templates()) {
    names.emplace_back(entry.name);
    about += fmt::format("\n  {}: {}", entry.name, entry.about);
  }
  command->add_option("FILE", options->file, "The file to write, which must not be there yet")
      ->required();
  command->add_option("--template", options->kind, about)
      ->check(CLI::IsMember(names))
      ->type_name("NAME")
      ->capture_default_str();
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] { return run(*options, globals.json); };
  });
}

}  // namespace dk::submit
