// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/command.hpp"

#include <iostream>

int main(int argc, char** argv) {
  using namespace dk::submit;
  CLI::App app("Trains Keras-style models on a cluster of unreliable machines.", "dk-submit");
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 finished, 1 job failed, 2 bad request, 3 supervisor unreachable, "
      "130 interrupted.\n\nExample:\n  dk-submit run job.yaml");
  Globals globals;
  app.add_option(
         "--supervisor", globals.supervisor,
         "The supervisor's HTTP address, or those of supervisor and standbys with commas in "
         "between (default: DK_SUPERVISOR, else http://127.0.0.1:7300)")
      ->type_name("URL");
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
  add_checkpoint_commands(app, globals, chosen);
  add_predict_command(app, globals, chosen);
  add_evaluate_command(app, globals, chosen);
  add_model_commands(app, globals, chosen);
  add_data_commands(app, globals, chosen);
  add_completion_command(app, globals, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::RequiredError& error) {
    // CLI11 does not name a word that is no command.
    const auto words = app.remaining();
    if (words.empty() || !app.get_subcommands().empty()) {
      app.exit(error);
    } else {
      std::cerr << "dk-submit: unknown command '" << words.front() << "'; see dk-submit --help\n";
    }
    return kBadRequest;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kFinished : kBadRequest;
  }
  return chosen();
}
