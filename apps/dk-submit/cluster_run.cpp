// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/cluster_run.hpp"

#include "apps/dk-submit/follow.hpp"
#include "apps/dk-submit/open_gateway.hpp"
#include "apps/dk-submit/render.hpp"

#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <system_error>

namespace dk::submit {
namespace {

using Json = nlohmann::json;

constexpr unsigned kBatch = 256;
constexpr unsigned kMostWorkers = 1024;

/// A directory that goes away with it.
class Scratch {
 public:
  static Result<Scratch> make(const std::string& parent) {
    std::error_code failed;
    const auto base = parent.empty() ? std::filesystem::temp_directory_path(failed)
                                     : std::filesystem::absolute(parent, failed);
    if (failed) return fail(Errc::kIo, "no directory for the model: {}", failed.message());
    auto pattern = (base / "dk-model-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
      return fail(Errc::kIo, "cannot make {}: {}", pattern, std::generic_category().message(errno));
    }
    // Daemons may run as somebody else.
    std::filesystem::permissions(
        pattern,
        std::filesystem::perms::group_read | std::filesystem::perms::group_exec |
            std::filesystem::perms::others_read | std::filesystem::perms::others_exec,
        std::filesystem::perm_options::add, failed);
    Scratch scratch;
    scratch.path_ = pattern;
    return scratch;
  }
  Scratch(Scratch&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Scratch& operator=(Scratch&&) = delete;
  ~Scratch() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  Scratch() = default;
  std::filesystem::path path_;
};

/// Keeps what a job's events say of its result, and shows them, or (`shown` is null) nothing.
class ResultView : public View {
 public:
  ResultView(View* shown, ClusterResult& result) : shown_(shown), result_(result) {}

  void event(const std::string& line) override {
    const auto json = Json::parse(line, nullptr, false);
    if (json.value("event", "") == "saved") result_.saved.push_back(json.value("path", ""));
    const bool last = is_last(json);
    if (last && json.contains("test")) result_.test = json["test"];
    if (shown_ != nullptr) {
      shown_->event(line);
    } else if (last && json.value("event", "") != "finished") {
      std::cerr << line << "\n";
    }
  }
  void notice(const std::string& text) override {
    if (shown_ != nullptr) return shown_->notice(text);
    std::cerr << text << "\n";
  }

 private:
  View* shown_;
  ClusterResult& result_;
};

Json field(const storage::FieldSource& source) {
  auto json = Json::object();
  if (!source.name.empty()) json["name"] = source.name;
  if (!source.files.empty()) json["files"] = source.files;
  if (!source.columns.empty()) json["columns"] = source.columns;
  if (!source.dataset.empty()) json["dataset"] = source.dataset;
  return json;
}

Json data_set(const storage::SourceConfig& source) {
  Json json = {{"format", source.format}};
  if (!source.files.empty()) json["files"] = source.files;
  for (const auto& feature : source.features) json["features"].push_back(field(feature));
  for (const auto& label : source.labels) json["labels"].push_back(field(label));
  if (source.format == "csv") {
    if (source.header) json["header"] = *source.header;
    json["delimiter"] = source.delimiter == '\t' ? "tab" : std::string(1, source.delimiter);
    if (!source.missing.empty()) json["missing"] = source.missing;
  }
  if (source.format == "libsvm") {
    json["size"] = source.size;
    json["zero_based"] = source.zero_based;
  }
  if (source.on_bad_row == storage::OnBadRow::kSkip) json["on_bad_row"] = "skip";
  if (source.limit > 0) json["limit"] = source.limit;
  return json;
}

/// Its weights, loss, metrics and transforms in one file.
Result<void> write_model(const ClusterTask& task, const std::filesystem::path& path) {
  const auto& trained = *task.model;
  DK_TRY_ASSIGN(const auto built, build_trained(trained));
  model::SaveOptions options;
  options.transforms = trained.file.transforms;
  Json metrics = Json::array();
  options.training_config = {{"optimizer", nullptr}, {"loss", nullptr}, {"loss_weights", nullptr}};
  if (trained.spec) {
    options.training_config["loss"] = trained.spec->loss;
    metrics = trained.spec->metrics;
  } else if (trained.file.training_config.is_object()) {
    options.training_config["loss"] = trained.file.training_config.value("loss", Json());
    if (const auto own = trained.file.training_config.value("metrics", Json()); own.is_array())
      metrics = own;
  }
  // Any will do where nothing is compared with labels.
  if (options.training_config["loss"].is_null()) options.training_config["loss"] = "mse";
  if (task.confusion) metrics.push_back(kConfusionMetric);
  options.training_config["metrics"] = metrics;
  return model::write_model_file(path, *built, options);
}

}  // namespace

void add_cluster_options(CLI::App& command, ClusterOptions& options) {
  auto* cluster = command.add_flag("--on-cluster", options.cluster,
                                   "Spread it over the machines of the cluster; they read and "
                                   "write the files");
  command
      .add_option("--local-cluster", options.nodes,
                  "Spread it over N dk-node daemons, started on loopback for its length")
      ->check(CLI::Range(1, 64))
      ->type_name("N")
      ->excludes(cluster);
  command.add_option("--threads", options.threads, "With a cluster: threads of each machine")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  command
      .add_option("--scratch", options.scratch,
                  "With a cluster: a directory that all its machines see, for the model (default: "
                  "a temporary one on this machine)")
      ->type_name("DIR");
}

Json task_descriptor(const ClusterTask& task, const ClusterOptions& options,
                     const std::filesystem::path& model) {
  Json json = {{"name", task.name},
               {"initial_model", model.string()},
               {"data", {{"test", data_set(task.data.source)}}},
               {"training",
                {{"epochs", 0},
                 {"batch_size", kBatch},
                 {"threads", options.threads},
                 {"workers", {{"min", 1}, {"max", kMostWorkers}}}}}};
  if (!task.predictions.empty()) json["output"] = {{"predictions", task.predictions.string()}};
  if (task.model->file.transforms.empty() && !task.data.transforms.empty())
    json["data"]["transform"] = task.data.transforms;
  return json;
}

Result<ClusterResult> run_on_cluster(const ClusterTask& task, const ClusterOptions& options,
                                     const Globals& globals) {
  if (!task.data.part.is_all() || task.data.balance != storage::ClassBalance::kNone) {
    return fail(Errc::kInvalid,
                "the data are a part of their files, which only this machine can choose; allowed: "
                "without --on-cluster, or whole files with --input");
  }
  std::error_code failed;
  const auto here = std::filesystem::current_path(failed);
  if (failed) return fail(Errc::kIo, "no current directory: {}", failed.message());
  DK_TRY_ASSIGN(const auto scratch, Scratch::make(options.scratch));
  const auto model = scratch.path() / "model.keras";
  DK_TRY(write_model(task, model));
  Place place;
  place.kind = options.nodes > 0 ? Place::Kind::kProcesses : Place::Kind::kRemote;
  place.nodes = options.nodes;
  const Interrupt interrupt;
  DK_TRY_ASSIGN(const auto session, Session::open(place, globals));
  const JobRequest request{
      task_descriptor(task, options, model).dump(), task.name, here.string(), {}};
  DK_TRY_ASSIGN(const auto job, session->gateway().submit(request));
  ClusterResult result;
  const auto shown = globals.json ? nullptr : make_view(false);
  ResultView view(shown.get(), result);
  FollowConfig config;
  config.cancel_on_interrupt = true;
  DK_TRY_ASSIGN(result.code, follow(session->gateway(), job, view, interrupt, config));
  return result;
}

}  // namespace dk::submit
