// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/api_error.hpp"
#include "apps/dk-submit/command.hpp"
#include "apps/dk-submit/format.hpp"
#include "apps/dk-submit/open_gateway.hpp"
#include "apps/dk-submit/render_checkpoints.hpp"
#include "apps/dk-submit/trained_model.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <vector>

namespace dk::submit {
namespace {

using nlohmann::json;

/// Of one question, so that a bar moves a few times a second.
constexpr std::uint64_t kChunksAtOnce = 16;

struct CheckpointOptions {
  std::uint64_t job = 0;
  std::uint64_t checkpoint = 0;  ///< 0: all, or the newest
  std::string output;
  std::size_t keep = 0;
};

Result<int> run_list(const CheckpointOptions& options, const Globals& globals) {
  DK_TRY_ASSIGN(const auto session, open_remote(globals));
  DK_TRY_ASSIGN(const auto list, session->gateway().checkpoints(JobId(options.job)));
  std::cout << (globals.json ? api::to_line(list) + "\n" : render_checkpoints(list));
  return kFinished;
}

/// Those that can be read at all, newest first.
Result<std::vector<CheckpointId>> ids_of(Gateway& gateway, JobId job) {
  DK_TRY_ASSIGN(const auto list, gateway.checkpoints(job));
  std::vector<CheckpointId> ids;
  for (const auto& entry : list) {
    const auto id = entry.is_object() ? entry.value("checkpoint", json()) : json();
    if (id.is_number_unsigned()) ids.emplace_back(id.get<std::uint64_t>());
  }
  return ids;
}

void show_progress(const json& page) {
  std::cerr << "\rcheckpoint " << count(number(page, "checkpoint")) << ": "
            << count(number(page, "next")) << " of " << plural(number(page, "chunks"), "chunk")
            << "\x1b[K" << std::flush;
}

Result<json> verify_one(Gateway& gateway, JobId job, CheckpointId checkpoint, bool progress) {
  json whole{{"checkpoint", checkpoint.value},
             {"chunks", 0},
             {"bytes", 0},
             {"faults", json::array()},
             {"lost", json::array()}};
  double bytes = 0;
  for (std::uint64_t next = 0;;) {
    DK_TRY_ASSIGN(const auto page, gateway.verify_checkpoint(job, checkpoint, next, kChunksAtOnce));
    const auto reached = static_cast<std::uint64_t>(number(page, "next").value_or(0));
    const auto total = static_cast<std::uint64_t>(number(page, "chunks").value_or(0));
    if (progress) show_progress(page);
    whole["chunks"] = total;
    bytes += number(page, "bytes").value_or(0);
    for (const auto* key : {"faults", "lost"}) {
      for (const auto& item : member(page, key)) whole[key].push_back(item);
    }
    if (reached >= total) break;
    if (reached <= next) {
      return fail(Errc::kInvalid, "the supervisor's answer about checkpoint {} does not go on",
                  checkpoint.value);
    }
    next = reached;
  }
  whole["bytes"] = static_cast<std::uint64_t>(bytes);
  if (progress) std::cerr << "\r\x1b[K" << std::flush;
  return whole;
}

Result<int> run_verify(const CheckpointOptions& options, const Globals& globals) {
  DK_TRY_ASSIGN(const auto session, open_remote(globals));
  auto& gateway = session->gateway();
  const JobId job(options.job);
  std::vector<CheckpointId> ids{CheckpointId(options.checkpoint)};
  json refused = json::array();
  if (options.checkpoint == 0) {
    DK_TRY_ASSIGN(ids, ids_of(gateway, job));
    DK_TRY_ASSIGN(const auto list, gateway.checkpoints(job));
    for (const auto& entry : list) {
      if (entry.is_object() && entry.contains("damaged")) refused.push_back(entry.at("damaged"));
    }
  }
  bool lost = !refused.empty();
  json results = json::array();
  const bool progress = !globals.json && ::isatty(STDERR_FILENO) != 0;
  for (const auto id : ids) {
    DK_TRY_ASSIGN(auto result, verify_one(gateway, job, id, progress));
    lost = lost || !result.at("lost").empty();
    if (!globals.json) std::cout << render_verified(result) << std::flush;
    results.push_back(std::move(result));
  }
  if (globals.json) {
    std::cout << api::to_line({{"checkpoints", results}, {"damaged_manifests", refused}}) << "\n";
  } else {
    for (const auto& line : refused) std::cout << "damaged: " << line.get<std::string>() << "\n";
    if (ids.empty()) std::cout << "job " << job.value << " has no checkpoint\n";
  }
  return lost ? kJobFailed : kFinished;
}

Result<int> run_export(const CheckpointOptions& options, const Globals& globals) {
  const std::string& file = options.output;
  const bool flat = file.ends_with(".npy");
  if (!flat) DK_TRY(model::check_model_file_name(file));
  const bool weights = flat || file.ends_with(".npz") || file.ends_with(".weights.h5");
  DK_TRY_ASSIGN(const auto session, open_remote(globals));
  const CheckpointId checkpoint(options.checkpoint);
  DK_TRY(download(session->gateway(), JobId(options.job), weights ? "" : file, weights ? file : "",
                  checkpoint));
  if (globals.json) {
    std::cout << api::to_line({{"checkpoint", checkpoint.value}, {"output", file}}) << "\n";
  } else {
    std::cout << file << " written: checkpoint " << checkpoint.value << " of job " << options.job
              << "\n";
  }
  return kFinished;
}

Result<int> run_prune(const CheckpointOptions& options, const Globals& globals) {
  if ((options.checkpoint == 0) == (options.keep == 0))
    return fail(Errc::kInvalid, "name one CHECKPOINT, or --keep N to keep the newest N");
  DK_TRY_ASSIGN(const auto session, open_remote(globals));
  const JobId job(options.job);
  std::vector<CheckpointId> ids{CheckpointId(options.checkpoint)};
  if (options.keep > 0) {
    DK_TRY_ASSIGN(ids, ids_of(session->gateway(), job));
    ids.erase(ids.begin(),
              ids.begin() + static_cast<std::ptrdiff_t>(std::min(options.keep, ids.size())));
  }
  json pruned{{"pruned", json::array()}};
  if (!ids.empty()) {
    DK_TRY_ASSIGN(pruned, session->gateway().prune_checkpoints(job, ids));
  }
  std::cout << (globals.json ? api::to_line(pruned) + "\n" : render_pruned(pruned));
  return kFinished;
}

using Run = Result<int> (*)(const CheckpointOptions&, const Globals&);

struct Added {
  CLI::App* command;
  std::shared_ptr<CheckpointOptions> options;
};

Added add(CLI::App& parent, const char* name, const char* about, const char* example, Run run,
          const Globals& globals, Action& chosen) {
  auto options = std::make_shared<CheckpointOptions>();
  CLI::App* command = add_command(parent, name, about, example);
  add_job_argument(*command, options->job)->required();
  command->callback([options, run, &globals, &chosen] {
    chosen = [options, run, &globals] {
      const auto code = run(*options, globals);
      return code ? *code : report(code.error(), globals.json);
    };
  });
  return {command, options};
}

CLI::Option* add_checkpoint(const Added& added, const char* about) {
  return added.command->add_option("CHECKPOINT", added.options->checkpoint, about)
      ->check(whole_number())
      ->type_name("");
}

}  // namespace

void add_checkpoint_commands(CLI::App& app, const Globals& globals, Action& chosen) {
  CLI::App* parent = add_command(app, "checkpoints", "List, verify, export and prune checkpoints",
                                 "dk-submit checkpoints list 7");
  parent->require_subcommand(1);
  add(*parent, "list", "List a job's checkpoints, newest first", "dk-submit checkpoints list 7",
      run_list, globals, chosen);
  auto added = add(*parent, "verify",
                   "Read every chunk on every machine that should have it; exit code 1 when one "
                   "has no good copy",
                   "dk-submit checkpoints verify 7 3", run_verify, globals, chosen);
  add_checkpoint(added, "Its number (default: all)");
  added = add(*parent, "export", "Write a checkpoint as a Keras file",
              "dk-submit checkpoints export 7 3 model.keras", run_export, globals, chosen);
  add_checkpoint(added, "Its number")->required();
  added.command
      ->add_option("FILE", added.options->output,
                   "Written: .h5, .hdf5, .keras; weights alone: .weights.h5, .npz, .npy")
      ->required();
  added = add(*parent, "prune", "Forget checkpoints, and print which",
              "dk-submit checkpoints prune 7 --keep 2", run_prune, globals, chosen);
  add_checkpoint(added, "Its number");
  added.command->add_option("--keep", added.options->keep, "Forget all but the newest N")
      ->check(whole_number())
      ->type_name("N");
}

}  // namespace dk::submit
