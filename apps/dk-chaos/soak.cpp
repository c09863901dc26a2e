// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-chaos/soak.hpp"

#include "actors/api/http_gateway.hpp"
#include "apps/dk-submit/format.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <cmath>
#include <optional>

namespace dk::chaos {
namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::json;
constexpr std::chrono::seconds kSilencePatience{60};
/// A job takes at most so many times as long as undisturbed, and this besides.
constexpr int kSlowest = 20;
constexpr std::chrono::seconds kSlowestBesides{300};

std::optional<double> accuracy_of(const json& outcome) {
  return submit::number(submit::member(outcome, "test"), "accuracy");
}

double seconds_since(Clock::time_point then) {
  return std::chrono::duration<double>(Clock::now() - then).count();
}

class Soak {
 public:
  explicit Soak(const SoakConfig& config) : config_(config), random_(config.seed) {}

  Result<json> run();

 private:
  Result<void> open();
  Result<JobId> submit();
  /// The job's last event; null while it runs. The supervisor may be away for a while.
  Result<json> look(JobId job, std::chrono::milliseconds wait);
  Result<json> follow(JobId job, bool disturbed, std::chrono::seconds patience);
  Result<void> strike(JobId job);
  void count(const json& outcome);
  [[nodiscard]] std::chrono::milliseconds gap() {
    return std::chrono::milliseconds(
        below(random_, 2 * static_cast<std::uint64_t>(config_.mean_gap.count()) + 1));
  }
  [[nodiscard]] bool stopped() const { return config_.interrupted && config_.interrupted(); }

  const SoakConfig& config_;
  Random random_;
  std::unique_ptr<submit::LocalProcesses> cluster_;
  std::unique_ptr<Gateway> gateway_;
  std::uint64_t next_event_ = 0;
  Clock::time_point answered_;
  json result_;
};

Result<void> Soak::open() {
  DK_TRY_ASSIGN(gateway_, HttpGateway::open(cluster_->url()));
  answered_ = Clock::now();
  return {};
}

Result<JobId> Soak::submit() {
  next_event_ = 0;
  answered_ = Clock::now();
  return gateway_->submit(config_.request);
}

Result<json> Soak::look(JobId job, std::chrono::milliseconds wait) {
  const auto page = gateway_->events(job, next_event_, wait);
  if (!page) {
    if (page.error().code != Errc::kUnavailable || Clock::now() - answered_ > kSilencePatience)
      return fail(page.error());
    ::poll(nullptr, 0, 200);
    return json();
  }
  answered_ = Clock::now();
  next_event_ = page->next;
  for (const auto& line : page->events) {
    auto event = json::parse(line, nullptr, false);
    const auto kind = event.is_object() ? event.value("event", "") : "";
    if (kind == "finished" || kind == "failed" || kind == "cancelled") return event;
  }
  return json();
}

Result<void> Soak::strike(JobId job) {
  const auto& fault = config_.faults[below(random_, config_.faults.size())];
  DK_TRY_ASSIGN(const auto done, fault.strike({*cluster_, *gateway_, job, config_.data}, random_));
  if (done.empty()) return {};
  config_.tell(done);
  auto& faults = result_["faults"];
  faults[fault.name] = faults.value(fault.name, 0) + 1;
  // A supervisor that was started again may have another address.
  return open();
}

Result<json> Soak::follow(JobId job, bool disturbed, std::chrono::seconds patience) {
  const auto deadline = Clock::now() + patience;
  auto next_strike = Clock::now() + gap();
  while (!stopped()) {
    DK_TRY_ASSIGN(auto last, look(job, std::chrono::milliseconds(500)));
    if (!last.is_null()) return last;
    if (Clock::now() >= deadline) {
      return json{{"event", "hangs"},
                  {"reason", fmt::format("not at its end after {} s", patience.count())}};
    }
    if (!disturbed || Clock::now() < next_strike) continue;
    DK_TRY(strike(job));
    next_strike = Clock::now() + gap();
  }
  return fail(Errc::kCancelled, "interrupted");
}

void Soak::count(const json& outcome) {
  const auto add = [this](const char* key, std::uint64_t more) {
    result_[key] = result_.value(key, std::uint64_t{0}) + more;
  };
  add("jobs", 1);
  add("restarts", outcome.value("restarts", std::uint64_t{0}));
  add("updates_lost", submit::member(outcome, "updates").value("lost", std::uint64_t{0}));
  for (const auto& epoch : outcome.value("account", json::array()))
    add("samples_repeated", epoch.value("repeated", std::uint64_t{0}));
}

Result<json> Soak::run() {
  const auto began = Clock::now();
  result_ = {{"seed", config_.seed}, {"jobs", 0}, {"faults", json::object()}};
  auto& wrong = result_["wrong"] = json::array();
  DK_TRY_ASSIGN(cluster_, submit::LocalProcesses::start({config_.node_binary, config_.nodes,
                                                         config_.data, 30, config_.standbys}));
  DK_TRY(open());
  DK_TRY_ASSIGN(const auto first, submit());
  DK_TRY_ASSIGN(const auto undisturbed, follow(first, false, std::chrono::hours(24)));
  if (undisturbed.value("event", "") != "finished") {
    return fail(Errc::kInvalid, "the job does not finish undisturbed either: {}",
                submit::text(undisturbed, "reason"));
  }
  const auto alone = seconds_since(began);
  result_["undisturbed"] = {{"seconds", alone}, {"test", undisturbed.value("test", json())}};
  config_.tell(fmt::format("undisturbed: {:.1f} s, accuracy {}", alone,
                           submit::percent(accuracy_of(undisturbed), 2)));
  const auto patience =
      kSlowestBesides + std::chrono::seconds(static_cast<std::int64_t>(kSlowest * alone));
  while (!stopped() && seconds_since(began) < static_cast<double>(config_.duration.count())) {
    DK_TRY_ASSIGN(const auto job, submit());
    auto outcome = follow(job, true, patience);
    if (!outcome && outcome.error().code == Errc::kCancelled) break;
    if (!outcome) return fail(outcome.error());
    count(*outcome);
    const auto lines = faults_of(*outcome, undisturbed, config_.tolerance);
    for (const auto& line : lines) wrong.push_back(fmt::format("job {}: {}", job.value, line));
    const double left = static_cast<double>(config_.duration.count()) - seconds_since(began);
    config_.tell(fmt::format("job {}: {}, accuracy {}; {} left", job.value,
                             lines.empty() ? "as it should be" : lines.front(),
                             submit::percent(accuracy_of(*outcome), 2),
                             submit::duration(std::max(0.0, left))));
  }
  result_["seconds"] = seconds_since(began);
  return result_;
}

}  // namespace

std::vector<std::string> faults_of(const json& outcome, const json& undisturbed, double tolerance) {
  std::vector<std::string> wrong;
  if (outcome.value("event", "") != "finished") {
    wrong.push_back(
        fmt::format("{}: {}", outcome.value("event", "?"), submit::text(outcome, "reason")));
    return wrong;
  }
  const auto visited = [](const json& event, std::size_t epoch) {
    const auto account = event.value("account", json::array());
    return epoch < account.size() ? account[epoch].value("visited", std::uint64_t{0}) : 0;
  };
  const auto epochs = undisturbed.value("account", json::array()).size();
  for (std::size_t epoch = 0; epoch < epochs; ++epoch) {
    if (visited(outcome, epoch) == visited(undisturbed, epoch)) continue;
    wrong.push_back(fmt::format("epoch {} visited {} samples instead of {}", epoch + 1,
                                visited(outcome, epoch), visited(undisturbed, epoch)));
  }
  const auto applied = [](const json& event) {
    return submit::member(event, "updates").value("applied", std::uint64_t{0});
  };
  if (applied(outcome) != applied(undisturbed)) {
    wrong.push_back(
        fmt::format("{} updates instead of {}", applied(outcome), applied(undisturbed)));
  }
  const auto now = accuracy_of(outcome);
  const auto then = accuracy_of(undisturbed);
  if (now && then && std::abs(*now - *then) > tolerance) {
    wrong.push_back(fmt::format("accuracy {:.4f}, undisturbed {:.4f}", *now, *then));
  }
  return wrong;
}

Result<json> soak(const SoakConfig& config) {
  return Soak(config).run();
}

}  // namespace dk::chaos
