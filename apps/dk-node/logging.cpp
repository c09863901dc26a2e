// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-node/logging.hpp"

#include <fmt/chrono.h>
#include <nlohmann/json.hpp>
#include <spdlog/formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <memory>
#include <optional>

namespace dk {
namespace {

constexpr auto kPattern = "%Y-%m-%d %H:%M:%S.%e %^%l%$ %v";

/// spdlog says "warning", the settings and everybody else "warn".
std::string_view name_of(spdlog::level::level_enum level) {
  return level == spdlog::level::warn ? "warn" : std::string_view(to_string_view(level).data());
}

std::optional<std::uint64_t> worker_in(std::string_view message) {
  constexpr std::string_view kWorker = "worker ";
  const auto at = message.find(kWorker);
  if (at == std::string_view::npos) return std::nullopt;
  const auto digits = message.substr(at + kWorker.size());
  std::uint64_t worker = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), worker);
  if (error != std::errc()) return std::nullopt;
  return worker;
}

class JsonFormatter : public spdlog::formatter {
 public:
  explicit JsonFormatter(LogSource source) : source_(std::move(source)) {}
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const auto time =
        std::chrono::duration_cast<std::chrono::milliseconds>(message.time.time_since_epoch());
    const auto line = json_log_line(source_, time.count(), name_of(message.level),
                                    {message.payload.data(), message.payload.size()});
    out.append(line.data(), line.data() + line.size());
    out.push_back('\n');
  }
  [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<JsonFormatter>(source_);
  }

 private:
  LogSource source_;
};

/// An executor's own file is where its standard error goes, too.
Result<std::vector<spdlog::sink_ptr>> sinks_of(const LogSettings& settings, bool executor) {
  std::vector<spdlog::sink_ptr> sinks;
  if (!executor || settings.file.empty())
    sinks.push_back(std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  if (settings.file.empty()) return sinks;
  if (!executor) sinks.back()->set_level(spdlog::level::err);
  try {
    sinks.push_back(std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
        settings.file.string(), settings.max_bytes, settings.keep));
  } catch (const spdlog::spdlog_ex& error) {
    return fail(Errc::kIo, "log.file {}: {}", settings.file.string(), error.what());
  }
  return sinks;
}

}  // namespace

const std::vector<std::string>& names_of_log_levels() {
  static const std::vector<std::string> names{"debug", "info", "warn", "error"};
  return names;
}

std::string json_log_line(const LogSource& source, std::int64_t unix_milliseconds,
                          std::string_view level, std::string_view message) {
  const auto seconds = static_cast<std::time_t>(unix_milliseconds / 1000);
  nlohmann::ordered_json line;
  line["time"] =
      fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds), unix_milliseconds % 1000);
  line["level"] = level;
  line["node"] = source.node;
  line["role"] = source.role;
  if (source.job != 0) line["job"] = source.job;
  if (source.executor != 0) line["executor"] = source.executor;
  if (const auto worker = worker_in(message)) line["worker"] = *worker;
  line["message"] = message;
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Result<void> start_logging(const LogSettings& settings, const LogSource& source) {
  DK_TRY_ASSIGN(const auto sinks, sinks_of(settings, source.role == "executor"));
  auto logger = std::make_shared<spdlog::logger>("dk", sinks.begin(), sinks.end());
  logger->set_level(spdlog::level::from_str(settings.level));
  logger->flush_on(spdlog::level::info);
  if (settings.format == "json") {
    logger->set_formatter(std::make_unique<JsonFormatter>(source));
  } else {
    logger->set_pattern(kPattern);
  }
  spdlog::set_default_logger(std::move(logger));
  return {};
}

std::string to_json(const LogSettings& settings, const std::string& node) {
  const nlohmann::json json{{"level", settings.level},        {"format", settings.format},
                            {"file", settings.file.string()}, {"max_bytes", settings.max_bytes},
                            {"keep", settings.keep},          {"node", node}};
  return json.dump();
}

Result<ExecutorLog> executor_log_from_json(const std::string& text) {
  try {
    const auto json = nlohmann::json::parse(text);
    return ExecutorLog{
        {json.at("level").get<std::string>(), json.at("format").get<std::string>(),
         json.at("file").get<std::string>(), json.at("max_bytes").get<std::uint64_t>(),
         json.at("keep").get<std::uint32_t>()},
        json.at("node").get<std::string>()};
  } catch (const nlohmann::json::exception& error) {
    return fail(Errc::kInvalid, "an executor's log settings: {}", error.what());
  }
}

}  // namespace dk
