// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/api_error.hpp"
#include "actors/descriptor/job_schema.hpp"
#include "apps/dk-submit/command.hpp"

#include <iostream>

namespace dk::submit {

void add_schema_command(CLI::App& app, const Globals& globals, Action& chosen) {
  CLI::App* command =
      add_command(app, "schema", "Print the JSON Schema of job descriptors, for editors",
                  "dk-submit schema > job.schema.json\n\n"
                  "With this as the first line of a descriptor, editors with a YAML language "
                  "server complete and\n"
                  "check it:\n  # yaml-language-server: $schema=job.schema.json");
  command->callback([&globals, &chosen] {
    chosen = [&globals] {
      const auto schema = job_schema();
      std::cout << (globals.json ? api::to_line(schema) : schema.dump(2)) << "\n";
      return kFinished;
    };
  });
}

}  // namespace dk::submit
