// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/api_error.hpp"
#include "apps/dk-submit/command.hpp"
#include "apps/dk-submit/follow.hpp"
#include "apps/dk-submit/open_gateway.hpp"
#include "apps/dk-submit/render.hpp"

#include <iostream>
#include <memory>

namespace dk::submit {
namespace {

struct HistoryOptions {
  std::uint64_t limit = 100;
  std::string state;
  std::string submitter;
};

struct RerunOptions {
  std::uint64_t job = 0;
  std::vector<std::string> overrides;
  bool watch = false;
};

bool fits(const HistoryOptions& options, const nlohmann::json& job) {
  const auto is = [&job](const char* key, const std::string& wanted) {
    return wanted.empty() || job.value(key, nlohmann::json()) == wanted;
  };
  return is("state", options.state) && is("submitter", options.submitter);
}

Result<int> history(const HistoryOptions& options, const Globals& globals) {
  DK_TRY_ASSIGN(const auto session, open_remote(globals));
  DK_TRY_ASSIGN(const auto jobs, session->gateway().history(options.limit));
  auto shown = nlohmann::json::array();
  for (const auto& job : jobs)
    if (fits(options, job)) shown.push_back(job);
  std::cout << (globals.json ? api::to_line(shown) + "\n" : render_history(shown));
  return kFinished;
}

Result<int> rerun(const RerunOptions& options, const Globals& globals) {
  DK_TRY_ASSIGN(const auto session, open_remote(globals));
  DK_TRY_ASSIGN(auto request, session->gateway().request(JobId(options.job)));
  request.overrides.insert(request.overrides.end(), options.overrides.begin(),
                           options.overrides.end());
  DK_TRY_ASSIGN(const auto job, session->gateway().submit(request));
  if (globals.json) {
    std::cout << api::to_line({{"id", job.value}, {"rerun_of", options.job}}) << std::endl;
  } else {
    std::cout << fmt::format("job {} submitted, as job {} was\n", job.value, options.job)
              << std::flush;
  }
  if (!options.watch) return kFinished;
  const Interrupt interrupt;
  const auto view = make_view(globals.json);
  return follow(session->gateway(), job, *view, interrupt, FollowConfig{});
}

int exit_code(const Result<int>& code, const Globals& globals) {
  return code ? *code : report(code.error(), globals.json);
}

void add_history(CLI::App& app, const Globals& globals, Action& chosen) {
  const auto options = std::make_shared<HistoryOptions>();
  CLI::App* command =
      add_command(app, "history", "List all jobs: when, who, how long, how it ended",
                  "dk-submit history\n  dk-submit history --state failed --limit "
                  "1000");
  command->add_option("--limit", options->limit, "The newest N jobs (default: 100)")
      ->check(CLI::Range(1, 10'000))
      ->type_name("N");
  command
      ->add_option("--state", options->state,
                   "Only those that are queued, running, paused, finished, failed or cancelled")
      ->check(CLI::IsMember(std::vector<std::string>{"queued", "running", "paused", "finished",
                                                     "failed", "cancelled"}))
      ->type_name("STATE");
  command->add_option("--submitter", options->submitter, "Only those that this user handed in")
      ->type_name("NAME");
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] { return exit_code(history(*options, globals), globals); };
  });
}

void add_rerun(CLI::App& app, const Globals& globals, Action& chosen) {
  const auto options = std::make_shared<RerunOptions>();
  CLI::App* command = add_command(
      app, "rerun", "Hand a job in again, as it was",
      "dk-submit rerun 7 --set training.epochs=10 --watch\n\n"
      "The descriptor is the one that was handed in, with its own --set and then these. "
      "Data and\nmodel files are read again.");
  add_job_argument(*command, options->job)->required();
  command->add_option("--set", options->overrides, "Replace one value of the descriptor")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command->add_flag("--watch", options->watch, "Show the new job until it has ended");
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] { return exit_code(rerun(*options, globals), globals); };
  });
}

}  // namespace

void add_history_commands(CLI::App& app, const Globals& globals, Action& chosen) {
  add_history(app, globals, chosen);
  add_rerun(app, globals, chosen);
}

}  // namespace dk::submit
