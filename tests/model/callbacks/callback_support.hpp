// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/callbacks/callback.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace dk::model {

/// Writes down what callbacks ask for. The learning rate is a float32, as Keras' is.
class FakeContext final : public CallbackContext {
 public:
  void stop(std::string why) override { reason = std::move(why); }
  [[nodiscard]] double learning_rate() const override { return rate; }
  Result<void> set_learning_rate(double value) override {
    if (has_schedule) return fail(Errc::kInvalid, "the learning rate follows a schedule");
    rate = static_cast<float>(value);
    return {};
  }
  void keep_weights(const Callback& /*owner*/) override { kept = flat; }
  Result<void> restore_weights(const Callback& /*owner*/) override {
    if (kept) flat = *kept;
    return {};
  }
  Result<void> save(const std::filesystem::path& path, bool weights_only) override {
    saved.push_back(path.string() + (weights_only ? " (weights)" : ""));
    return {};
  }

  std::string reason;
  float rate = 1;
  bool has_schedule = false;
  std::vector<float> flat{0};
  std::optional<std::vector<float>> kept;
  std::vector<std::string> saved;
};

inline std::unique_ptr<Callback> callback(const std::string& text) {
  auto made = make_callback(nlohmann::json::parse(text));
  if (!made) throw std::runtime_error(made.error().message);
  return *std::move(made);
}

inline std::string refusal(const std::string& text) {
  const auto made = make_callback(nlohmann::json::parse(text));
  return made ? "accepted" : made.error().message;
}

/// Epochs with these values of `name`; in epoch i the weights are {i}. Gives the number of epochs
/// until it stopped, or all.
inline std::size_t run(Callback& watching, FakeContext& context, const std::string& name,
                       const std::vector<double>& values) {
  EXPECT_TRUE(watching.on_train_begin(context));
  std::size_t epoch = 0;
  while (epoch < values.size() && context.reason.empty()) {
    context.flat = {static_cast<float>(epoch)};
    EXPECT_TRUE(watching.on_epoch_begin(epoch, context));
    EXPECT_TRUE(watching.on_epoch_end(epoch, {{name, values[epoch]}}, context));
    ++epoch;
  }
  EXPECT_TRUE(watching.on_train_end(context));
  return epoch;
}

}  // namespace dk::model
