// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/evaluator.hpp"

#include "actors/chunk_transfer.hpp"
#include "actors/descriptor/job_model.hpp"
#include "actors/error.hpp"
#include "actors/evaluation.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <functional>

namespace dk {
namespace {

struct Evaluator {
  EvaluatorActor::pointer self = nullptr;
  JobId job;
  std::shared_ptr<const JobSpec> spec;
  std::unique_ptr<model::Model> model;
  std::shared_ptr<const storage::Dataset> validation;
  std::shared_ptr<const storage::Dataset> test;

  template <class T>
  [[nodiscard]] caf::result<T> with_weights(const CheckpointPlace& place,
                                            std::function<Result<T>()> work);
  [[nodiscard]] Result<Evaluation> evaluate(bool on_validation);
};

/// Fetches the checkpoint's weights into the model, then answers with what `work` says.
template <class T>
caf::result<T> Evaluator::with_weights(const CheckpointPlace& place,
                                       std::function<Result<T>()> work) {
  if (!model) {
    auto built = build_delivered_model(*spec);
    if (!built) return to_caf(built.error());
    model = std::move(*built);
  }
  auto promise = self->make_response_promise<T>();
  auto reader =
      self->spawn(chunk_reader, ChunkReaderConfig{job, place.checkpoint, place.chunks, place.nodes,
                                                  0, model->parameter_count()});
  self->request(reader, defaults::kStartTimeout, get_atom_v)
      .then(
          [this, promise, work](const FloatsPtr& weights) mutable {
            const auto set =
                set_delivered_weights(*spec, {weights.get(), model->parameter_count()}, *model);
            auto result = set ? work() : Result<T>(tl::unexpected(set.error()));
            if (result) {
              promise.deliver(std::move(*result));
            } else {
              promise.deliver(to_caf(result.error()));
            }
          },
          [promise](const caf::error& why) mutable { promise.deliver(why); });
  return promise;
}

Result<Evaluation> Evaluator::evaluate(bool on_validation) {
  const auto& config = on_validation ? spec->validation : spec->test;
  auto& data = on_validation ? validation : test;
  if (!config) return fail(Errc::kInvalid, "the job has no such data");
  if (!data) {
    DK_TRY_ASSIGN(data, storage::Dataset::load(*config));
  }
  DK_TRY_ASSIGN(auto sums, evaluate_model(*model, *data));
  return Evaluation{sums.loss.loss_sum, sums.loss.samples, std::move(sums.metrics), {}};
}

}  // namespace

EvaluatorActor::behavior_type evaluator(EvaluatorActor::pointer self, JobId job,
                                        std::shared_ptr<const JobSpec> spec) {
  auto state = std::make_shared<Evaluator>();
  state->self = self;
  state->job = job;
  state->spec = std::move(spec);
  return {
      [state](evaluate_atom, const Evaluate& message) {
        return state->with_weights<Evaluation>(
            message.place, [state = state.get(), on_validation = message.on_validation] {
              return state->evaluate(on_validation);
            });
      },
      [state](put_atom, const CheckpointPlace& place, const std::string& path, bool weights_only) {
        return state->with_weights<std::string>(
            place, [state = state.get(), path, weights_only]() -> Result<std::string> {
              DK_TRY(write_job_model(*state->spec, *state->model, path, weights_only));
              return path;
            });
      },
  };
}

}  // namespace dk
