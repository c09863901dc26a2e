// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/job_progress.hpp"

#include <algorithm>

namespace dk {
namespace {

constexpr auto kWindow = std::chrono::seconds(10);
constexpr std::size_t kRounds = 16;

}  // namespace

std::chrono::nanoseconds progress_every(std::chrono::nanoseconds age) {
  using std::chrono_literals::operator""s;
  return std::clamp<std::chrono::nanoseconds>(age / 3600, 1s, 60s);
}

void JobProgress::add(std::uint32_t epoch, double loss_sum, std::span<const double> metrics,
                      std::uint64_t samples, std::size_t workers, TimePoint now) {
  auto& sums = epochs_.at(epoch);
  sums.loss += loss_sum;
  if (sums.metrics.size() < metrics.size()) sums.metrics.resize(metrics.size());
  for (std::size_t i = 0; i < metrics.size(); ++i) sums.metrics[i] += metrics[i];
  sums.samples += samples;
  recent_.push_back({now, samples});
  const auto least = std::max<std::size_t>(2, kRounds * workers);
  while (recent_.size() > least && now - recent_.front().time > kWindow) recent_.pop_front();
}

void JobProgress::started(TimePoint now) {
  if (recent_.empty()) recent_.push_back({now, 0});
}

double JobProgress::samples_per_second(TimePoint now) const {
  if (recent_.size() < 2) return 0;
  std::uint64_t samples = 0;
  for (std::size_t i = 1; i < recent_.size(); ++i) samples += recent_[i].samples;
  const std::chrono::duration<double> span = now - recent_.front().time;
  return span.count() > 0 ? static_cast<double>(samples) / span.count() : 0;
}

nlohmann::json JobProgress::loss(std::uint32_t epoch) const {
  const auto& sums = epochs_.at(epoch);
  if (sums.samples == 0) return nullptr;
  return sums.loss / static_cast<double>(sums.samples);
}

std::span<const double> JobProgress::metrics(std::uint32_t epoch) const {
  return epochs_.at(epoch).metrics;
}

std::uint64_t JobProgress::samples() const {
  std::uint64_t total = 0;
  for (const auto& sums : epochs_) total += sums.samples;
  return total;
}

nlohmann::json JobProgress::to_json() const {
  auto json = nlohmann::json::array();
  for (const auto& sums : epochs_) json.push_back({sums.loss, sums.samples, sums.metrics});
  return json;
}

void JobProgress::restore(const nlohmann::json& json) {
  if (!json.is_array() || json.size() != epochs_.size()) return;
  for (std::size_t i = 0; i < epochs_.size(); ++i) {
    const auto& entry = json[i];
    if (!entry.is_array() || entry.size() != 3 || !entry[0].is_number() ||
        !entry[1].is_number_unsigned() || !entry[2].is_array()) {
      continue;
    }
    std::vector<double> metrics;
    for (const auto& sum : entry[2]) metrics.push_back(sum.is_number() ? sum.get<double>() : 0.0);
    epochs_[i] = {entry[0].get<double>(), entry[1].get<std::uint64_t>(), std::move(metrics)};
  }
}

}  // namespace dk
