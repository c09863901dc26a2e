// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/command.hpp"
#include "apps/dk-submit/follow.hpp"
#include "apps/dk-submit/job_log.hpp"
#include "apps/dk-submit/open_gateway.hpp"

#include <iostream>
#include <memory>

namespace dk::submit {
namespace {

struct LogOptions {
  std::uint64_t job = 0;
  bool follow = false;
  LogFilter filter;
};

Result<int> logs(const LogOptions& options, const Globals& globals) {
  DK_TRY_ASSIGN(const auto session, open_remote(globals));
  const auto view = make_log_view(std::cout, std::cerr, options.filter, globals.json);
  const JobId job(options.job);
  if (options.follow) {
    const Interrupt interrupt;
    return follow(session->gateway(), job, *view, interrupt, FollowConfig{});
  }
  for (std::uint64_t next = 0;;) {
    DK_TRY_ASSIGN(const auto page, session->gateway().events(job, next, std::chrono::seconds(0)));
    for (const auto& line : page.events) view->event(line);
    if (page.events.empty() || page.next == next) return kFinished;
    next = page.next;
  }
}

}  // namespace

void add_logs_command(CLI::App& app, const Globals& globals, Action& chosen) {
  const auto options = std::make_shared<LogOptions>();
  CLI::App* command =
      add_command(app, "logs", "Show what a job's processes did, and why it was disturbed",
                  "dk-submit logs 7\n  dk-submit logs 7 --follow --node node-2\n"
                  "  dk-submit logs 7 --role parameter-server --json\n\n"
                  "They are kept by the supervisor and are there when every process of the job has "
                  "gone. Below\n"
                  "the failure of a process stand the last lines that it wrote. Once the job has "
                  "ended the first\n"
                  "cause of its trouble comes last, with what was done.");
  add_job_argument(*command, options->job)->required();
  command->add_flag("-f,--follow", options->follow, "Go on until the job has ended");
  command->add_option("--node", options->filter.node, "Only what is about this machine")
      ->type_name("NAME");
  command
      ->add_option("--role", options->filter.role,
                   "Only what is about supervisor, executor, worker or parameter-server")
      ->check(CLI::IsMember(log_roles()))
      ->type_name("ROLE");
  command->add_option("--worker", options->filter.worker, "Only what is about this worker")
      ->type_name("N");
  command->add_flag("--progress", options->filter.progress, "How far it was, too");
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] {
      const auto code = logs(*options, globals);
      return code ? *code : report(code.error(), globals.json);
    };
  });
}

}  // namespace dk::submit
