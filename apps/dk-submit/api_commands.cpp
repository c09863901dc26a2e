// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/api_error.hpp"
#include "apps/dk-submit/command.hpp"
#include "apps/dk-submit/follow.hpp"
#include "apps/dk-submit/format.hpp"
#include "apps/dk-submit/job_file.hpp"
#include "apps/dk-submit/open_gateway.hpp"
#include "apps/dk-submit/render.hpp"
#include "apps/dk-submit/sparkline.hpp"

#include <functional>
#include <iostream>
#include <memory>

namespace dk::submit {
namespace {

using nlohmann::json;

struct SubmitOptions {
  std::string file;
  std::vector<std::string> overrides;
  bool wait = false;
  bool watch = false;
};

/// Shows a job's end only.
class LastOnlyView : public View {
 public:
  explicit LastOnlyView(View& shown) : shown_(shown) {}
  void event(const std::string& line) override {
    if (is_last(json::parse(line, nullptr, false))) shown_.event(line);
  }
  void notice(const std::string& text) override { shown_.notice(text); }

 private:
  View& shown_;
};

int exit_code(const Result<int>& code, const Globals& globals) {
  return code ? *code : report(code.error(), globals.json);
}

Result<int> watch(const Globals& globals, JobId job) {
  DK_TRY_ASSIGN(const auto session, open_remote(globals));
  const Interrupt interrupt;
  const auto view = make_view(globals.json);
  return follow(session->gateway(), job, *view, interrupt, FollowConfig{});
}

Result<int> submit(const SubmitOptions& options, const Globals& globals) {
  DK_TRY_ASSIGN(const auto request, read_job_file(options.file, options.overrides));
  DK_TRY_ASSIGN(const auto session, open_remote(globals));
  DK_TRY_ASSIGN(const auto job, session->gateway().submit(request));
  if (options.watch) return watch(globals, job);
  if (globals.json) {
    std::cout << api::to_line({{"id", job.value}}) << std::endl;
  } else {
    std::cout << "job " << job.value << " submitted" << std::endl;
  }
  if (!options.wait) return kFinished;
  const Interrupt interrupt;
  const auto view = make_view(globals.json);
  LastOnlyView last_only(*view);
  return follow(session->gateway(), job, last_only, interrupt, FollowConfig{});
}

/// What has happened so far; `watch` goes on.
Result<int> events(const Globals& globals, JobId job) {
  DK_TRY_ASSIGN(const auto session, open_remote(globals));
  std::uint64_t next = 0;
  while (true) {
    DK_TRY_ASSIGN(const auto page, session->gateway().events(job, next, std::chrono::seconds(0)));
    for (const auto& line : page.events) {
      const auto event = json::parse(line, nullptr, false);
      if (globals.json) {
        std::cout << line << "\n";
      } else if (const auto text = render_event(event); !text.empty()) {
        std::cout << submit::text(event, "time") << "  " << text << "\n";
      }
    }
    if (page.events.empty() || page.next == next) return kFinished;
    next = page.next;
  }
}

/// An order that leaves the job in another state.
Result<int> change(const Globals& globals, JobId job, Result<void> (Gateway::*order)(JobId),
                   const char* state) {
  DK_TRY_ASSIGN(const auto session, open_remote(globals));
  DK_TRY((session->gateway().*order)(job));
  if (globals.json) {
    std::cout << api::to_line({{"id", job.value}, {"state", state}}) << "\n";
  } else {
    std::cout << "job " << job.value << " " << state << "\n";
  }
  return kFinished;
}

Result<int> cancel(const Globals& globals, JobId job) {
  return change(globals, job, &Gateway::cancel, "cancelled");
}

Result<int> resume(const Globals& globals, JobId job) {
  return change(globals, job, &Gateway::resume, "queued");
}

using Question = std::function<Result<json>(Gateway&)>;
using Render = std::string (*)(const json&);

Result<int> ask(const Globals& globals, const Question& question, Render render) {
  DK_TRY_ASSIGN(const auto session, open_remote(globals));
  DK_TRY_ASSIGN(const auto answer, question(session->gateway()));
  std::cout << (globals.json ? api::to_line(answer) + "\n" : render(answer));
  return kFinished;
}

/// A command with a job's id and nothing else.
template <class Call>
void add_job_command(CLI::App& app, const char* name, const char* about, const Globals& globals,
                     Action& chosen, Call call) {
  const auto job = std::make_shared<std::uint64_t>(0);
  CLI::App* command = add_command(app, name, about, fmt::format("dk-submit {} 7", name));
  add_job_argument(*command, *job)->required();
  command->callback([job, call, &globals, &chosen] {
    chosen = [job, call, &globals] { return exit_code(call(globals, JobId(*job)), globals); };
  });
}

void add_list_command(CLI::App& app, const char* name, const char* about, const Globals& globals,
                      Action& chosen, Question question, Render render) {
  CLI::App* command = add_command(app, name, about, fmt::format("dk-submit {} --json", name));
  command->callback([question = std::move(question), render, &globals, &chosen] {
    chosen = [question, render, &globals] {
      return exit_code(ask(globals, question, render), globals);
    };
  });
}

void add_submit_command(CLI::App& app, const Globals& globals, Action& chosen) {
  const auto options = std::make_shared<SubmitOptions>();
  CLI::App* command =
      add_command(app, "submit", "Hand a job to a supervisor", "dk-submit submit job.yaml --watch");
  command->add_option("FILE", options->file, "The job descriptor (YAML or JSON)")->required();
  command->add_option("--set", options->overrides, "Replace one value of the descriptor")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  auto* wait = command->add_flag("--wait", options->wait, "Return when the job has ended");
  command->add_flag("--watch", options->watch, "Show the job until it has ended")->excludes(wait);
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] { return exit_code(submit(*options, globals), globals); };
  });
}

}  // namespace

void add_api_commands(CLI::App& app, const Globals& globals, Action& chosen) {
  add_submit_command(app, globals, chosen);
  add_job_command(
      app, "status", "Show how a job is doing", globals, chosen, [](const Globals& g, JobId job) {
        return ask(
            g, [job](Gateway& at) { return at.status(job); },
            [](const json& status) { return render_status(status, terminal_has_utf8()); });
      });
  add_list_command(
      app, "list", "List all jobs, newest first", globals, chosen,
      [](Gateway& at) { return at.jobs(); }, render_jobs);
  add_job_command(app, "watch", "Show a job from its first event until it has ended", globals,
                  chosen, watch);
  add_job_command(app, "events", "Print what has happened to a job so far", globals, chosen,
                  events);
  add_job_command(app, "cancel", "Cancel a job", globals, chosen, cancel);
  add_job_command(app, "resume",
                  "Let a job that has failed or was cancelled go on from its newest checkpoint",
                  globals, chosen, resume);
  add_list_command(
      app, "nodes", "List the cluster's machines", globals, chosen,
      [](Gateway& at) { return at.nodes(); }, render_nodes);
}

}  // namespace dk::submit
