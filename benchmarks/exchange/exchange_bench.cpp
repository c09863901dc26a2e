// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/exchange/exchange_bench.hpp"

#include "actors/runtime_config.hpp"
#include "base/check.hpp"
#include "benchmarks/exchange/exchange_client.hpp"
#include "benchmarks/exchange/process_memory.hpp"
#include "benchmarks/exchange/raw_tcp.hpp"
#include "benchmarks/exchange/shard_host.hpp"

#include <caf/all.hpp>
#include <caf/io/middleman.hpp>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>

namespace dk::bench {
namespace {

constexpr std::uint64_t kMlp = 1'037'760;     ///< 4.15 MB: dist-keras' MNIST perceptron
constexpr std::uint64_t kLarge = 25'000'000;  ///< 100 MB

std::size_t bytes_of(std::uint64_t floats) {
  return floats * sizeof(float);
}

/// Halves, as two parameter servers of a job have them.
std::vector<std::uint64_t> split(std::uint64_t floats, std::size_t shards) {
  if (shards == 1) return {floats};
  const auto half = floats / 2 / 16 * 16;
  return {half, floats - half};
}

Result<ShardActor> dial_shard(caf::actor_system& system, std::uint16_t port) {
  auto handle = system.middleman().remote_actor("127.0.0.1", port);
  if (!handle) return fail(Errc::kUnavailable, "cannot dial the shard host at port {}", port);
  return caf::actor_cast<ShardActor>(*handle);
}

/// One size, with one shard and with two, in another process and in this one.
class Bench {
 public:
  explicit Bench(const Options& options) : options_(options), system_(config_) {}

  Result<void> memory();
  Result<void> transfers(std::uint64_t floats);
  Result<void> round_trips();
  Result<void> finish() { return write_json(options_, figures_); }

 private:
  Result<std::vector<ExchangeClient::Target>> remote(const ShardHost& host,
                                                     const std::vector<std::uint64_t>& floats,
                                                     std::size_t first) {
    std::vector<ExchangeClient::Target> targets;
    for (std::size_t i = 0; i < floats.size(); ++i) {
      DK_TRY_ASSIGN(auto shard, dial_shard(system_, host.shard_port(first + i)));
      targets.push_back({std::move(shard), floats[i]});
    }
    return targets;
  }
  std::vector<ExchangeClient::Target> local(const std::vector<std::uint64_t>& floats) {
    std::vector<ExchangeClient::Target> targets;
    for (const auto count : floats) targets.push_back({spawn_shard(system_, count), count});
    return targets;
  }
  void report_transfers(std::uint64_t floats, const std::vector<Cell>& cells);
  void report_round_trips(const std::string& when, const std::vector<double>& ours,
                          const std::vector<double>& raw);

  Options options_;
  RuntimeConfig config_{RuntimeConfig::Network::kTcp};
  caf::actor_system system_;
  nlohmann::json figures_;
};

Result<void> Bench::memory() {
  DK_TRY_ASSIGN(const auto host, ShardHost::start({kLarge}));
  DK_TRY_ASSIGN(auto targets, remote(*host, {kLarge}, 0));
  ExchangeClient client(system_, std::move(targets));
  const pid_t processes[] = {::getpid(), host->process()};
  const char* names[] = {"worker", "shard"};
  std::vector<std::vector<std::string>> rows{
      {"resident MB, 100 MB exchanges", "before", "peak of 1st", "peak of 2nd to last", "growth"}};
  double before[2];
  double first[2];
  const auto peaks_of = [&](int exchanges, double* peaks) {
    for (const auto process : processes) forget_peak(process);
    for (int i = 0; i < exchanges; ++i) client.exchange();
    for (int i = 0; i < 2; ++i) peaks[i] = peak_mb(processes[i]);
  };
  for (int i = 0; i < 2; ++i) before[i] = resident_mb(processes[i]);
  double later[2];
  peaks_of(1, first);
  peaks_of(options_.quick ? 3 : 10, later);
  for (int i = 0; i < 2; ++i) {
    figures_["memory_mb"][names[i]] = {
        {"before", before[i]}, {"peak_first", first[i]}, {"peak_later", later[i]}};
    rows.push_back({names[i], fmt::format("{:.1f}", before[i]), fmt::format("{:.1f}", first[i]),
                    fmt::format("{:.1f}", later[i]),
                    fmt::format("{:+.1f}", std::max(first[i], later[i]) - before[i])});
  }
  print_table(rows);
  return {};
}

Result<void> Bench::transfers(std::uint64_t floats) {
  const auto one = split(floats, 1);
  const auto two = split(floats, 2);
  DK_TRY_ASSIGN(const auto host, ShardHost::start({one[0], two[0], two[1]}));
  DK_TRY_ASSIGN(auto raw, RawClient::connect(host->raw_port(), bytes_of(floats)));
  DK_TRY_ASSIGN(auto remote_one, remote(*host, one, 0));
  DK_TRY_ASSIGN(auto remote_two, remote(*host, two, 1));
  ExchangeClient tcp_one(system_, std::move(remote_one));
  ExchangeClient tcp_two(system_, std::move(remote_two));
  ExchangeClient local_one(system_, local(one));
  ExchangeClient local_two(system_, local(two));
  std::vector<char> from(bytes_of(floats), 'a');
  std::vector<char> to(bytes_of(floats), 'b');
  const auto copy_there_and_back = [&] {
    const auto start = std::chrono::steady_clock::now();
    std::memcpy(to.data(), from.data(), to.size());
    asm volatile("" : : "r"(to.data()) : "memory");
    std::memcpy(from.data(), to.data(), to.size());
    asm volatile("" : : "r"(from.data()) : "memory");
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  std::vector<Cell> cells{{"raw TCP, each way at once", [&] { return raw.exchange(to.size()); }},
                          {"exchange over TCP, 1 shard", [&] { return tcp_one.exchange(); }},
                          {"exchange over TCP, 2 shards", [&] { return tcp_two.exchange(); }},
                          {"raw TCP, one way", [&] { return raw.push(to.size()); }},
                          {"memcpy there and back", copy_there_and_back},
                          {"exchange in process, 1 shard", [&] { return local_one.exchange(); }},
                          {"exchange in process, 2 shards", [&] { return local_two.exchange(); }}};
  const int rounds = (floats == kLarge ? 20 : 200) / (options_.quick ? 4 : 1);
  for (auto& cell : cells) static_cast<void>(cell.seconds());
  run_interleaved(cells, rounds);
  report_transfers(floats, cells);
  return {};
}

void Bench::report_transfers(std::uint64_t floats, const std::vector<Cell>& cells) {
  const double megabytes = static_cast<double>(bytes_of(floats)) / 1e6;
  std::vector<std::vector<std::string>> rows{{fmt::format("{:.2f} MB", megabytes), "ms", "min",
                                              "max", "GB/s each way", "of the machine's"}};
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto& cell = cells[i];
    const auto& machine = i < 4 ? cells[0] : cells[4];
    const bool ours = cell.name.starts_with("exchange");
    const double middle = median(cell.times);
    const double ratio = speed_ratio(cell, machine);
    rows.push_back({cell.name, fmt::format("{:.2f}", middle * 1e3),
                    fmt::format("{:.2f}", quantile(cell.times, 0) * 1e3),
                    fmt::format("{:.2f}", quantile(cell.times, 1) * 1e3),
                    fmt::format("{:.2f}", megabytes / 1e3 / middle),
                    ours ? fmt::format("{:.2f}", ratio) : ""});
    nlohmann::json figure{{"name", cell.name},
                          {"megabytes", megabytes},
                          {"seconds", middle},
                          {"seconds_min", quantile(cell.times, 0)},
                          {"seconds_max", quantile(cell.times, 1)},
                          {"rounds", cell.times.size()}};
    if (ours) figure["speed_of_machine"] = ratio;
    figures_["transfers"].push_back(std::move(figure));
  }
  print_table(rows);
}

Result<void> Bench::round_trips() {
  DK_TRY_ASSIGN(const auto host, ShardHost::start({kLarge}));
  DK_TRY_ASSIGN(auto raw, RawClient::connect(host->raw_port(), 64));
  DK_TRY_ASSIGN(auto targets, remote(*host, {kLarge}, 0));
  ExchangeClient client(system_, std::move(targets));
  const auto pong = system_.middleman().remote_actor("127.0.0.1", host->ping_port());
  if (!pong) return fail(Errc::kUnavailable, "cannot dial the shard host");
  caf::scoped_actor self(system_);
  const auto ping = [&] {
    const auto start = std::chrono::steady_clock::now();
    self->request(*pong, caf::infinite, tick_atom_v, std::uint64_t{1})
        .receive([](std::uint64_t) {},
                 [](const caf::error&) { DK_CHECK(false, "the host answers"); });
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  std::vector<Cell> idle{{"request", ping}, {"raw", [&] { return raw.round_trip(); }}};
  run_interleaved(idle, options_.quick ? 500 : 3000);
  report_round_trips("idle", idle[0].times, idle[1].times);

  std::atomic<bool> over = false;
  std::atomic<int> exchanges = 0;
  std::vector<double> under_way;
  std::thread load([&] {
    for (; !over; exchanges.notify_all()) {
      under_way.push_back(client.exchange());
      ++exchanges;
    }
  });
  exchanges.wait(0);
  std::vector<Cell> busy{{"request", ping}, {"raw", [&] { return raw.round_trip(); }}};
  for (const int until = exchanges + (options_.quick ? 5 : 20); exchanges < until;) {
    run_interleaved(busy, 1);
  }
  over = true;
  load.join();
  fmt::print("{} round trips during {} exchanges of {:.0f} ms\n", busy[0].times.size(),
             under_way.size() - 1, median(under_way) * 1e3);
  figures_["round_trips"]["exchanges"] = under_way.size() - 1;
  report_round_trips("during exchanges of 100 MB", busy[0].times, busy[1].times);
  return {};
}

void Bench::report_round_trips(const std::string& when, const std::vector<double>& ours,
                               const std::vector<double>& raw) {
  std::vector<std::vector<std::string>> rows{
      {"round trips in us, " + when, "median", "90 %", "99 %"}};
  const auto add = [&](const char* name, const std::vector<double>& times) {
    rows.push_back({name, fmt::format("{:.0f}", median(times) * 1e6),
                    fmt::format("{:.0f}", quantile(times, 0.9) * 1e6),
                    fmt::format("{:.0f}", quantile(times, 0.99) * 1e6)});
    figures_["round_trips"][when][name] = {{"seconds", median(times)},
                                           {"seconds_90", quantile(times, 0.9)},
                                           {"seconds_99", quantile(times, 0.99)}};
  };
  add("small request", ours);
  add("raw TCP", raw);
  const double ratio = median(ours) / median(raw);
  rows.push_back({"ratio", fmt::format("{:.2f}", ratio)});
  figures_["round_trips"][when]["ratio"] = ratio;
  print_table(rows);
}

}  // namespace

Result<void> bench_exchange(const Options& options) {
  Bench bench(options);
  DK_TRY(bench.memory());
  DK_TRY(bench.transfers(kMlp));
  DK_TRY(bench.transfers(kLarge));
  DK_TRY(bench.round_trips());
  return bench.finish();
}

}  // namespace dk::bench
