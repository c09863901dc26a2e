// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/error.hpp"
#include "actors/job/job_state.hpp"
#include "actors/runtime_config.hpp"

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace dk {
namespace {

/// Loss and metrics as Keras' logs name them; what could not be measured is left out.
void append_logs(model::Logs& logs, const std::string& prefix, const nlohmann::json& results) {
  if (results.at("loss").is_number())
    logs.push_back({prefix + "loss", results.at("loss").get<double>()});
  for (const auto& item : results.at("metrics").items()) {
    if (item.value().is_number()) logs.push_back({prefix + item.key(), item.value().get<double>()});
  }
}

}  // namespace

std::uint64_t JobState::lease_limit() const {
  if (!stopped().empty()) return 0;
  if (lbfgs) return lbfgs->open() ? (lbfgs->pass() + 1) * ledger.blocks_per_epoch() : 0;
  if (!epoch_ends.watched()) return ledger.blocks_total();
  // Training runs at most an epoch ahead of its validation, so that each one is validated.
  const std::uint64_t ahead = epoch_ends.gated() ? 0 : 1;
  return (epoch_ends.decided() + 1 + ahead) * ledger.blocks_per_epoch();
}

bool JobState::epoch_waits() const {
  const auto epoch = static_cast<std::uint32_t>(epoch_ends.decided());
  return epoch_ends.watched() && epoch_ends.stopped().empty() && epoch < spec.epochs &&
         ledger.epoch_complete(epoch);
}

void JobState::advance_epochs() {
  if (phase != JobPhase::kRunning || deciding || !epoch_waits()) return;
  if (manifests.empty() || epochs_in_checkpoint <= epoch_ends.decided()) return start_cut();
  deciding = true;
  const auto& manifest = manifests.front();
  if (!epoch_ends.validates()) return decide_epoch(manifest.checkpoint, nullptr);
  evaluate_on(manifest, true,
              [this, checkpoint = manifest.checkpoint](const nlohmann::json& found) {
                decide_epoch(checkpoint, found);
              });
}

void JobState::decide_epoch(CheckpointId checkpoint, const nlohmann::json& validation) {
  deciding = false;
  const auto epoch = static_cast<std::uint32_t>(epoch_ends.decided());
  EpochEnds::Decision decision{epoch, {}, checkpoint};
  append_logs(decision.logs, "", results(epoch));
  if (validation.is_object()) {
    append_logs(decision.logs, "val_", validation);
    nlohmann::json event{{"event", "validation"}, {"epoch", epoch + 1}};
    event.update(validation);
    emit(std::move(event));
  }
  const auto rate = epoch_ends.learning_rate;
  if (auto decided = epoch_ends.decide(decision); !decided)
    return end("failed", fmt::format("training.callbacks: {}", decided.error().message));
  const bool goes_on = epoch + 1 < spec.epochs && epoch_ends.stopped().empty();
  if (epoch_ends.learning_rate != rate && goes_on) {
    emit({{"event", "learning_rate"},
          {"epoch", epoch + 2},
          {"learning_rate", epoch_ends.learning_rate}});
  }
  if (!epoch_ends.stopped().empty())
    emit({{"event", "stopped"}, {"epoch", epoch + 1}, {"reason", epoch_ends.stopped()}});
  record_changed = true;
  for (const auto& save : epoch_ends.take_saves())
    write_file({checkpoint, save.path, save.weights_only});
  flush([this] {
    advance_round();
    finish_if_done();
  });
}

const storage::Manifest* JobState::find_manifest(CheckpointId checkpoint) const {
  const auto found = std::ranges::find(manifests, checkpoint, &storage::Manifest::checkpoint);
  return found == manifests.end() ? nullptr : &*found;
}

CheckpointPlace JobState::place_of(const storage::Manifest& manifest) const {
  CheckpointPlace place{manifest.checkpoint, {}, alive_nodes()};
  for (const auto& chunk : manifest.chunks) {
    place.chunks.push_back({chunk.offset, chunk.count, chunk.checksum, chunk.nodes});
  }
  return place;
}

void JobState::write_file(const JobFile& file) {
  unwritten.push_back(file);
  record_changed = true;
  send_file(file);
}

void JobState::send_file(const JobFile& file) {
  auto finish = [this, file] {
    const auto found = std::ranges::find(unwritten, file);
    if (found != unwritten.end()) unwritten.erase(found);
    record_changed = true;
    flush();
    if (phase == JobPhase::kEvaluating) conclude();
  };
  auto give_up = [this, finish, file](const std::string& why) {
    emit(
        {{"event", "warning"}, {"message", fmt::format("{} was not written: {}", file.path, why)}});
    finish();
  };
  const auto* manifest = find_manifest(file.checkpoint);
  if (manifest == nullptr) return give_up("its checkpoint is gone");
  if (!files) {
    files =
        spawn_blocking(self->system(), evaluator, config.job, std::make_shared<const JobSpec>(spec),
                       storage::OpenReader(storage::open_reader));
  }
  self->request(files, defaults::kEvaluateTimeout, put_atom_v, place_of(*manifest), file.path,
                file.weights_only)
      .then(
          [this, finish](const std::string& written) {
            emit({{"event", "saved"}, {"path", written}});
            finish();
          },
          [give_up](const caf::error& why) { give_up(from_caf(why).message); });
}

// -- the end ----------------------------------------------------------------------------

void JobState::finish_if_done() {
  if (phase != JobPhase::kRunning || cut || busy > 0 || round || (lbfgs && !lbfgs->idle())) return;
  if (epoch_waits()) return advance_epochs();
  if (stopped().empty()) {
    if (!ledger.finished()) return;
    if (!final_cut_done) return start_cut();
  } else if (lbfgs && epochs_in_checkpoint < lbfgs->pass()) {
    return start_cut();
  }
  conclude();
}

void JobState::conclude() {
  if (manifests.empty()) {
    // Refused at the supervisor's restart; the shards still have everything.
    final_cut_done = false;
    phase = JobPhase::kRunning;
    return start_cut();
  }
  phase = JobPhase::kEvaluating;
  if (evaluation && !evaluation->paused) return;
  if (!final_checkpoint) {
    const auto chosen = epoch_ends.end();
    if (!chosen)
      return end("failed", fmt::format("training.callbacks: {}", chosen.error().message));
    final_checkpoint =
        *chosen && find_manifest(*chosen) != nullptr ? *chosen : manifests.front().checkpoint;
    record_changed = true;
  }
  const auto* manifest = find_manifest(*final_checkpoint);
  if (manifest == nullptr) return end("failed", "the checkpoint of the end is gone");
  if (spec.test && test_result.is_null()) {
    return evaluate_on(*manifest, false, [this](const nlohmann::json& found) {
      test_result = found;
      record_changed = true;
      conclude();
    });
  }
  if (!spec.output_model.empty() && !output_asked) {
    output_asked = true;
    write_file({*final_checkpoint, spec.output_model.string(), false});
  }
  if (unwritten.empty()) end("finished", "");
}

}  // namespace dk
