// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/api/gateway.hpp"

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace dk {

/// As whom an HTTP API is asked, over https only: a token is never sent in the clear.
struct HttpUser {
  std::string token{};              ///< a bearer token's text
  std::filesystem::path ca_file{};  ///< the authority of the supervisor's certificate
  std::filesystem::path certs{};    ///< a bundle: stands for both of them
};

struct SupervisorAddresses {
  std::vector<std::string> urls;
  HttpUser user;
  std::string named_by{};          ///< for messages: where the addresses are from; may be empty
  std::atomic<std::size_t> at{0};  ///< the one that has answered last
};

/// A supervisor's Gateway as seen through its HTTP API. Each call is a connection of its own, so
/// that a supervisor may end and come back between two calls; one that cannot be reached gives
/// kUnavailable, naming the URL and what to do. `events` is one long poll of at most `timeout` plus
/// a few seconds: after kUnavailable the same `from` may be asked for again.
class HttpGateway : public Gateway {
 public:
  /// `urls`: `http://HOST:PORT` or `https://HOST:PORT`, or several with commas in between, of the
  /// supervisor and its standbys; kInvalid otherwise, and for files of the user's that are not in
  /// order. Connects only when a call is made. `named_by`: what a message says about where `urls`
  /// are from, such as "from DK_SUPERVISOR".
  static Result<std::unique_ptr<HttpGateway>> open(const std::string& urls,
                                                   const HttpUser& user = {},
                                                   const std::string& named_by = {});
  ~HttpGateway() override;

  Result<JobId> submit(const JobRequest& request) override;
  Result<nlohmann::json> jobs() override;
  Result<nlohmann::json> history(std::size_t limit) override;
  Result<JobRequest> request(JobId job) override;
  Result<nlohmann::json> status(JobId job) override;
  Result<void> cancel(JobId job) override;
  Result<void> resume(JobId job) override;
  Result<nlohmann::json> nodes() override;
  Result<void> drain(const std::string& node, bool on) override;
  Result<EventPage> events(JobId job, std::uint64_t from,
                           std::chrono::milliseconds timeout) override;
  Result<std::string> architecture(JobId job) override;
  Result<nlohmann::json> spec(JobId job) override;
  Result<Bytes> weights(JobId job) override;
  Result<Bytes> checkpoint_weights(JobId job, CheckpointId checkpoint) override;
  Result<nlohmann::json> checkpoints(JobId job) override;
  Result<nlohmann::json> verify_checkpoint(JobId job, CheckpointId checkpoint, std::uint64_t first,
                                           std::uint64_t limit) override;
  Result<nlohmann::json> prune_checkpoints(JobId job,
                                           const std::vector<CheckpointId>& ids) override;

 private:
  HttpGateway(std::vector<std::string> urls, HttpUser user, std::string named_by)
      : addresses_{std::move(urls), std::move(user), std::move(named_by)} {}

  SupervisorAddresses addresses_;
};

}  // namespace dk
