// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/evaluator.hpp"

#include "actors/chunk_transfer.hpp"
#include "actors/descriptor/feature_rows.hpp"
#include "actors/descriptor/job_model.hpp"
#include "actors/error.hpp"
#include "actors/evaluation.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <functional>
#include <optional>

namespace dk {
namespace {

/// Whether two places hold the same weights: a checkpoint's number alone is not enough for those
/// who were away when it was given.
bool same_weights(const CheckpointPlace& a, const CheckpointPlace& b) {
  const auto same = [](const ChunkSource& x, const ChunkSource& y) {
    return x.offset == y.offset && x.count == y.count && x.checksum == y.checksum;
  };
  return a.checkpoint == b.checkpoint && std::ranges::equal(a.chunks, b.chunks, same);
}

struct Evaluator {
  EvaluatorActor::pointer self = nullptr;
  JobId job;
  std::shared_ptr<const JobSpec> spec;
  storage::OpenReader open;
  std::unique_ptr<model::Model> model;
  std::optional<CheckpointPlace> loaded;  ///< whose weights the model has
  std::shared_ptr<const storage::Dataset> validation;
  std::shared_ptr<const storage::Dataset> test;
  std::optional<FeatureRows> test_rows;  ///< of test data without labels

  template <class T>
  [[nodiscard]] caf::result<T> with_weights(const CheckpointPlace& place,
                                            std::function<Result<T>()> work);
  [[nodiscard]] Result<Evaluation> evaluate(const Evaluate& message);
  Result<void> load(const storage::DataConfig& config, bool on_validation);
  Result<void> check_sizes(const storage::Dataset& data) const;
  [[nodiscard]] Result<Evaluation> evaluate(const storage::Dataset& data, RowRange range,
                                            bool outputs);
  [[nodiscard]] Result<Evaluation> predict(RowRange range);
};

/// Gives the model the checkpoint's weights, then answers with what `work` says.
template <class T>
caf::result<T> Evaluator::with_weights(const CheckpointPlace& place,
                                       std::function<Result<T>()> work) {
  if (!model) {
    auto built = build_delivered_model(*spec);
    if (!built) return to_caf(built.error());
    model = std::move(*built);
  }
  if (loaded && same_weights(*loaded, place)) return answer(work());
  auto promise = self->make_response_promise<T>();
  auto reader =
      self->spawn(chunk_reader, ChunkReaderConfig{job, place.checkpoint, place.chunks, place.nodes,
                                                  0, model->parameter_count()});
  self->request(reader, defaults::kStartTimeout, get_atom_v)
      .then(
          [this, promise, work, place](const FloatsPtr& weights) mutable {
            loaded.reset();
            const auto set =
                set_delivered_weights(*spec, {weights.get(), model->parameter_count()}, *model);
            if (set) loaded = place;
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

Result<void> Evaluator::check_sizes(const storage::Dataset& data) const {
  if (data.feature_size() == model->input_size() && data.target_size() == model->target_size())
    return {};
  return fail(Errc::kInvalid,
              "{}: a sample has {} features and {} labels on this node; the model takes {} and {}",
              data.where(0), data.feature_size(), data.target_size(), model->input_size(),
              model->target_size());
}

Result<void> Evaluator::load(const storage::DataConfig& wanted, bool on_validation) {
  auto& data = on_validation ? validation : test;
  if (data) return {};
  const bool labelled = has_labels(wanted);
  const std::optional<storage::DataConfig> config = labelled ? wanted : FeatureRows::raw(wanted);
  DK_TRY_ASSIGN(data, storage::Dataset::load(*config, storage::CacheDirectory::standard(), open));
  if (labelled) return check_sizes(*data);
  DK_TRY_ASSIGN(auto rows,
                FeatureRows::make(spec->saved_transforms, wanted, data, model->max_batch_size()));
  if (rows.feature_size() != model->input_size()) {
    return fail(Errc::kInvalid, "{}: a sample has {} features on this node; the model takes {}",
                data->where(0), rows.feature_size(), model->input_size());
  }
  test_rows.emplace(std::move(rows));
  return {};
}

Result<Evaluation> Evaluator::evaluate(const storage::Dataset& data, RowRange range, bool outputs) {
  const auto width = model->output_size();
  const auto floats = allocate_floats(outputs ? range.count * width : 0);
  std::size_t done = 0;
  const auto keep = [&](std::span<const float> x, std::span<const float>,
                        std::size_t n) -> Result<void> {
    if (outputs) std::ranges::copy(model->predict(x, n), floats.get() + done * width);
    done += n;
    return {};
  };
  DK_TRY_ASSIGN(auto sums, evaluate_model(*model, data, keep, range));
  return Evaluation{sums.loss.loss_sum, sums.loss.samples, std::move(sums.metrics),
                    outputs ? Tensor(floats, range.count * width) : Tensor()};
}

Result<Evaluation> Evaluator::predict(RowRange range) {
  const auto size = range.count * model->output_size();
  const auto floats = allocate_floats(size);
  DK_TRY(predict_rows(*model, *test_rows, range, {floats.get(), size}));
  return Evaluation{0, range.count, {}, Tensor(floats, size)};
}

Result<Evaluation> Evaluator::evaluate(const Evaluate& message) {
  const auto& config = message.on_validation ? spec->validation : spec->test;
  if (!config) return fail(Errc::kInvalid, "the job has no such data");
  if (auto loaded_data = load(*config, message.on_validation); !loaded_data) {
    (message.on_validation ? validation : test) = nullptr;
    return fail(loaded_data.error());
  }
  const auto& data = *(message.on_validation ? validation : test);
  const auto left = data.size() - std::min<std::uint64_t>(message.first, data.size());
  const auto count = message.count == 0 ? left : message.count;
  if (count == 0 || count > left) {
    return fail(Errc::kInvalid, "rows {} to {} are wanted of {}, which has {} on this node",
                message.first, message.first + count - 1, storage::describe(config->source),
                data.size());
  }
  const RowRange range{static_cast<std::size_t>(message.first), static_cast<std::size_t>(count)};
  if (message.outputs && range.count > Tensor::kMaxFloats / model->output_size()) {
    return fail(Errc::kInvalid, "the outputs of {} rows are too many for one answer", range.count);
  }
  if (has_labels(*config)) return evaluate(data, range, message.outputs);
  if (message.outputs) return predict(range);
  return fail(Errc::kInvalid, "{}: has no labels to evaluate with",
              storage::describe(config->source));
}

}  // namespace

EvaluatorActor::behavior_type evaluator(EvaluatorActor::pointer self, JobId job,
                                        std::shared_ptr<const JobSpec> spec,
                                        storage::OpenReader open) {
  auto state = std::make_shared<Evaluator>();
  state->self = self;
  state->job = job;
  state->spec = std::move(spec);
  state->open = std::move(open);
  return {
      [state](evaluate_atom, const Evaluate& message) {
        return state->with_weights<Evaluation>(
            message.place, [state = state.get(), message] { return state->evaluate(message); });
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
