// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/command.hpp"

#include <algorithm>
#include <string_view>

int main(int argc, char** argv) {
  using namespace dk::submit;
  CLI::App app("Trains Keras-style models on a cluster of unreliable machines.", "dk-submit");
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 finished, 1 job failed, 2 bad request, 3 supervisor unreachable, "
      "130 interrupted.\n\nExample:\n  dk-submit run job.yaml");
  Globals globals;
  auto* supervisor = app.add_option(
      "--supervisor", globals.supervisor,
      "The supervisor's HTTP address, or those of supervisor and standbys with commas in "
      "between (default: DK_SUPERVISOR, else the default of clusters.yaml, else "
      "http://127.0.0.1:7300)");
  supervisor->type_name("URL");
  app.add_option("--cluster", globals.cluster,
                 "A cluster of ~/.config/dk/clusters.yaml, which has its addresses and who you "
                 "are there (`dk-submit clusters` lists them)")
      ->type_name("NAME")
      ->excludes(supervisor);
  app.add_option("--token-file", globals.token_file,
                 "Who you are, at an https address: a file with a bearer token (default: "
                 "DK_TOKEN_FILE, else the token in DK_TOKEN)")
      ->type_name("FILE");
  app.add_option("--ca-file", globals.ca_file,
                 "The cluster's authority, ca.pem (default: DK_CA_FILE)")
      ->type_name("FILE");
  app.add_option("--certs", globals.certs,
                 "Your bundle of certificates, in place of both (default: DK_CERTS)")
      ->type_name("BUNDLE");
  app.add_flag("--json", globals.json, "Machine-readable output, one JSON value per line");
  Action chosen;
  add_new_command(app, globals, chosen);
  add_run_command(app, globals, chosen);
  add_check_commands(app, globals, chosen);
  add_drain_commands(app, globals, chosen);
  add_api_commands(app, globals, chosen);
  add_logs_command(app, globals, chosen);
  add_history_commands(app, globals, chosen);
  add_top_command(app, globals, chosen);
  add_checkpoint_commands(app, globals, chosen);
  add_predict_command(app, globals, chosen);
  add_evaluate_command(app, globals, chosen);
  add_model_commands(app, globals, chosen);
  add_data_commands(app, globals, chosen);
  add_schema_command(app, globals, chosen);
  add_cluster_commands(app, globals, chosen);
  add_help_man_command(app, globals, chosen);
  add_completion_command(app, globals, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // A flag that stands behind the mistake has not been read.
    const bool json = std::any_of(
        argv, argv + argc, [](const char* word) { return word == std::string_view("--json"); });
    return report_usage(app, error, json);
  }
  return chosen();
}
