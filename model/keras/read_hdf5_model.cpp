// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/keras/hdf5_model.hpp"

#include <algorithm>
#include <charconv>

namespace dk::model {
namespace {

constexpr std::size_t kMostNames = 100'000;

/// Reads datasets; all together have no more values than the file has bytes, so that a file that
/// names one dataset again and again cannot fill the memory.
class TensorReader {
 public:
  explicit TensorReader(const Hdf5Reader& file) : file_(file), left_(file.file_bytes()) {}

  Result<Weight> read(const std::string& path, std::string name) {
    DK_TRY_ASSIGN(auto shape, file_.shape(path));
    const auto count = element_count(shape);
    if (!count) return fail_in(fmt::format("{}: '{}'", file_.source(), path), count.error());
    if (*count > left_) {
      return fail(Errc::kInvalid, "{}: '{}' is named more often than it is there", file_.source(),
                  path);
    }
    left_ -= *count;
    DK_TRY_ASSIGN(auto values, file_.floats(path));
    return Weight{std::move(name), std::move(shape), std::move(values)};
  }

  Result<std::vector<Weight>> read_named(const std::string& group) {
    DK_TRY_ASSIGN(const auto names, file_.texts(group, "weight_names"));
    std::vector<Weight> weights;
    if (!names) return weights;
    if (names->size() > kMostNames) {
      return fail(Errc::kInvalid, "{}: '{}' has {} weights", file_.source(), group, names->size());
    }
    for (const auto& name : *names) {
      DK_TRY_ASSIGN(auto weight, read(group + "/" + name, name));
      weights.push_back(std::move(weight));
    }
    return weights;
  }

  /// `0`, `1`, `2` ... in `group`.
  Result<std::vector<Weight>> read_numbered(const std::string& group) {
    DK_TRY_ASSIGN(const auto names, file_.members(group));
    std::vector<Weight> weights;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto path = fmt::format("{}/{}", group, i);
      if (!file_.has(path)) {
        return fail(Errc::kInvalid, "{}: there is no '{}' although there are {} variables",
                    file_.source(), path, names.size());
      }
      DK_TRY_ASSIGN(auto weight, read(path, path));
      weights.push_back(std::move(weight));
    }
    return weights;
  }

 private:
  const Hdf5Reader& file_;
  std::size_t left_;
};

Result<StoredWeights> read_layers(const Hdf5Reader& file, const std::string& root) {
  StoredWeights stored{StoredWeights::Kind::kLayers, file.source(), {}};
  DK_TRY_ASSIGN(const auto names, file.texts(root, "layer_names"));
  DK_TRY_ASSIGN(const auto version, file.text(root, "keras_version"));
  DK_TRY_ASSIGN(const auto backend, file.text(root, "backend"));
  // Keras 1 did not say its version here.
  stored.keras_1 = !version || version->starts_with("1");
  stored.theano = backend && *backend == "theano";
  if (!names || names->size() > kMostNames) {
    return fail(Errc::kInvalid, "{}: '{}' has no layer_names, or too many", file.source(), root);
  }
  TensorReader reader(file);
  for (const auto& name : *names) {
    const auto group = root.empty() ? name : root + "/" + name;
    if (!file.has(group)) {
      return fail(Errc::kInvalid, "{}: there is no group for layer '{}'", file.source(), name);
    }
    DK_TRY_ASSIGN(auto weights, reader.read_named(group));
    if (!weights.empty()) stored.groups.push_back({name, std::move(weights)});
  }
  const auto top = (root.empty() ? "" : root + "/") + "top_level_model_weights";
  if (file.has(top)) {
    DK_TRY_ASSIGN(const auto own, reader.read_named(top));
    if (!own.empty()) {
      return fail(Errc::kInvalid, "{}: the model itself has the variable '{}'; only layers may",
                  file.source(), own.front().name);
    }
  }
  return stored;
}

class PathReader {
 public:
  explicit PathReader(const Hdf5Reader& file)
      : file_(file), tensors_(file), stored_{StoredWeights::Kind::kPaths, file.source(), {}} {}

  Result<StoredWeights> read() {
    DK_TRY(walk(""));
    return std::move(stored_);
  }

 private:
  Result<void> walk(const std::string& path) {
    const auto below = path.empty() ? path : path + "/";
    DK_TRY_ASSIGN(const auto members, file_.members(path));
    for (const auto& member : members) {
      if (member != "vars") {
        if (path.empty() && (member == "optimizer" || member.find("metric") != std::string::npos ||
                             member.find("loss_tracker") != std::string::npos)) {
          continue;
        }
        if (file_.is_group(below + member)) DK_TRY(walk(below + member));
        continue;
      }
      // A random layer's counter; ours start anew.
      if (path.ends_with("seed_generator")) continue;
      DK_TRY_ASSIGN(auto weights, tensors_.read_numbered(below + member));
      if (!weights.empty()) stored_.groups.push_back({path, std::move(weights)});
    }
    return {};
  }

  const Hdf5Reader& file_;
  TensorReader tensors_;
  StoredWeights stored_;
};

}  // namespace

Result<StoredWeights> read_hdf5_weights(const Hdf5Reader& file) {
  if (file.has("model_weights")) return read_layers(file, "model_weights");
  DK_TRY_ASSIGN(const auto names, file.texts("", "layer_names"));
  if (names) return read_layers(file, "");
  if (file.has("layers") || file.has("_layer_checkpoint_dependencies")) {
    return PathReader(file).read();
  }
  return fail(Errc::kInvalid,
              "{}: no Keras weights: there is neither 'model_weights' nor an attribute layer_names "
              "nor a group 'layers'",
              file.source());
}

Result<std::optional<StoredOptimizer>> read_hdf5_optimizer(const Hdf5Reader& file) {
  StoredOptimizer stored;
  stored.source = file.source();
  TensorReader reader(file);
  std::string group = "optimizer_weights";
  std::vector<Weight> weights;
  if (file.has(group)) {
    DK_TRY_ASSIGN(weights, reader.read_named(group));
  } else {
    group = "optimizer/vars";
    if (!file.has(group)) return std::optional<StoredOptimizer>();
    stored.by_path = true;
    DK_TRY_ASSIGN(weights, reader.read_numbered(group));
  }
  for (Weight& weight : weights) {
    double number = 0;
    if (weight.shape.empty()) {
      const auto path = stored.by_path ? weight.name : group + "/" + weight.name;
      DK_TRY_ASSIGN(number, file.number(path));
    }
    stored.variables.push_back({std::move(weight), number});
  }
  return std::optional(std::move(stored));
}

}  // namespace dk::model
