// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/http_gateway.hpp"

#include "actors/api/api_error.hpp"
#include "actors/api/job_request.hpp"
#include "actors/api/loopback.hpp"
#include "actors/security/bundle.hpp"
#include "base/files.hpp"

#include <httplib.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <functional>
#include <optional>
#include <thread>
#include <utility>

namespace dk {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kConnectTimeout{3};
/// Beyond what the supervisor was asked to wait. Submitting reads and checks whole data sets.
constexpr std::chrono::seconds kAnswerTimeout{60};
constexpr std::chrono::seconds kEventsGrace{10};
constexpr milliseconds kLongestWait{10'000};
constexpr int kTemporaryRedirect = 307;
constexpr int kMostHops = 3;
constexpr int kTooMany = 429;
constexpr int kMostPauses = 5;
constexpr std::chrono::seconds kLongestPause{10};
constexpr std::size_t kTextBytes = std::size_t{256} << 20;

struct Answer {
  int status = 0;
  std::string body;
  std::string next_event;
  std::string ended;
};

std::string reason_of(httplib::Error error) {
  switch (error) {
    case httplib::Error::Connection:
      return "connection refused or no such host";
    case httplib::Error::ConnectionTimeout:
      return fmt::format("no connection within {} s", kConnectTimeout.count());
    case httplib::Error::Read:
      return "it did not answer in time, or the connection broke off";
    case httplib::Error::Write:
      return "the connection broke off";
    case httplib::Error::Canceled:
      return "its answer is too large";
    case httplib::Error::SSLConnection:
    case httplib::Error::SSLLoadingCerts:
      return "no TLS connection: is it https, and is the certificate one that it accepts?";
    case httplib::Error::SSLServerVerification:
      return "its certificate is not one of our authority (--ca-file FILE or --certs BUNDLE), or "
             "not for this host, or has expired or been revoked";
    default:
      return httplib::to_string(error);
  }
}

/// `tried`: URL (reason), ...
Error unreachable(const std::string& tried, const std::string& named_by) {
  return {Errc::kUnavailable,
          fmt::format("cannot reach the supervisor at {}{}{}; start one with `dk-node "
                      "--supervisor`, or name another with --supervisor URL, --cluster NAME or "
                      "DK_SUPERVISOR",
                      tried, named_by.empty() ? "" : ", ", named_by)};
}

bool is_secured(std::string_view url) {
  return url.starts_with("https://");
}

/// A file of the user's bundle; empty without one.
std::string part_of(const HttpUser& user, const char* file) {
  return user.certs.empty() ? std::string{} : (user.certs / file).string();
}

std::chrono::seconds retry_after(const httplib::Response& response) {
  const auto text = response.get_header_value("Retry-After");
  std::int64_t seconds = 1;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return std::clamp(std::chrono::seconds(seconds), std::chrono::seconds(1), kLongestPause);
}

/// `http://HOST:PORT` of a URL.
std::string base_of(const std::string& url) {
  const auto scheme = url.find("://");
  return scheme == std::string::npos ? std::string{} : url.substr(0, url.find('/', scheme + 3));
}

std::string job_path(JobId job, const char* what) {
  return fmt::format("/api/v1/jobs/{}{}", job.value, what);
}

/// A certificate that was revoked may be a thief's.
void refuse_revoked(SSL_CTX& context, const std::string& list) {
  auto* store = ::SSL_CTX_get_cert_store(&context);
  auto* lookup = ::X509_STORE_add_lookup(store, ::X509_LOOKUP_file());
  if (lookup != nullptr && ::X509_load_crl_file(lookup, list.c_str(), X509_FILETYPE_PEM) > 0)
    ::X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
}

/// Everything about one request.
class Call {
 public:
  enum class Reach { kNot, kPerhaps, kAnswered };

  Call(const std::string& url, const HttpUser& user, std::chrono::seconds patience)
      : url_(url),
        client_(url, part_of(user, security::BundleFiles::kCertificate),
                part_of(user, security::BundleFiles::kKey)) {
    if (is_secured(url)) {
      const auto authority = user.ca_file.empty() ? part_of(user, security::BundleFiles::kAuthority)
                                                  : user.ca_file.string();
      if (!authority.empty()) client_.set_ca_cert_path(authority);
      client_.enable_server_certificate_verification(true);
      if (!user.token.empty()) client_.set_bearer_token_auth(user.token);
      if (auto* context = client_.ssl_context(); context != nullptr) {
        ::SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
        // The list is the bundle's authority's; another one has none here.
        const auto revoked = part_of(user, security::BundleFiles::kRevocations);
        std::error_code unseen;
        if (user.ca_file.empty() && std::filesystem::exists(revoked, unseen))
          refuse_revoked(*context, revoked);
      }
    }
    client_.set_connection_timeout(kConnectTimeout);
    client_.set_read_timeout(patience);
    client_.set_write_timeout(kAnswerTimeout);
  }

  Result<Answer> get(const std::string& path) {
    Answer answer;
    const auto receive = [&answer](const char* data, std::size_t size) {
      if (answer.body.size() + size > kTextBytes) return false;
      answer.body.append(data, size);
      return true;
    };
    const auto response = client_.Get(path, httplib::Headers{}, receive);
    return finish("GET", path, response, std::move(answer));
  }

  Result<Answer> post(const std::string& path, const std::string& body) {
    auto response = client_.Post(path, body, "application/json");
    Answer answer;
    if (response) answer.body = std::move(response->body);
    return finish("POST", path, response, std::move(answer));
  }

  Result<Bytes> get_bytes(const std::string& path) {
    Bytes bytes;
    bool ok = false;
    Answer answer;
    const auto start = [&ok](const httplib::Response& response) {
      ok = response.status == 200;
      return true;
    };
    const auto receive = [&](const char* data, std::size_t size) {
      const auto* first = reinterpret_cast<const std::byte*>(data);
      if (ok) {
        bytes.insert(bytes.end(), first, first + size);
      } else if (answer.body.size() + size <= kTextBytes) {
        answer.body.append(data, size);
      }
      return true;
    };
    const auto response = client_.Get(path, start, receive);
    DK_TRY(finish("GET", path, response, std::move(answer)));
    return bytes;
  }

  /// Where to ask instead: a standby names the supervisor.
  [[nodiscard]] const std::string& moved_to() const { return moved_to_; }
  /// Whether the supervisor has the request.
  [[nodiscard]] Reach reach() const { return reach_; }
  /// When to ask again: the supervisor has sent us away without doing anything.
  [[nodiscard]] std::optional<std::chrono::seconds> come_again() const { return come_again_; }

 private:
  Result<Answer> finish(const char* method, const std::string& path,
                        const httplib::Result& response, Answer answer) {
    if (!response) {
      const auto why = response.error();
      const bool unsent =
          why == httplib::Error::Connection || why == httplib::Error::ConnectionTimeout ||
          why == httplib::Error::SSLConnection || why == httplib::Error::SSLServerVerification;
      reach_ = unsent ? Reach::kNot : Reach::kPerhaps;
      return fail(Errc::kUnavailable, "{} ({})", url_, reason_of(why));
    }
    reach_ = Reach::kAnswered;
    answer.status = response->status;
    if (answer.status == kTooMany) come_again_ = retry_after(*response);
    answer.next_event = response->get_header_value("DK-Next-Event");
    answer.ended = response->get_header_value("DK-Ended");
    if (answer.status >= 200 && answer.status < 300) return answer;
    if (answer.status == kTemporaryRedirect)
      moved_to_ = base_of(response->get_header_value("Location"));
    if (auto error = api::parse_error_body(answer.body)) return fail(std::move(*error));
    return fail(foreign_server(method, path, answer.status));
  }

  [[nodiscard]] Error foreign_server(const char* method, const std::string& path,
                                     int status) const {
    return {Errc::kInvalid,
            fmt::format("{} answered {} {} with HTTP {} and not as a supervisor does; check "
                        "--supervisor and DK_SUPERVISOR",
                        url_, method, path, status)};
  }

  const std::string& url_;
  httplib::Client client_;
  std::string moved_to_;
  Reach reach_ = Reach::kNot;
  std::optional<std::chrono::seconds> come_again_;
};

/// Asks one address after the other, that of the last answer first. What changes something is not
/// asked for again where it may have been done. No exception of httplib leaves this file.
template <class T, class Ask>
Result<T> ask(SupervisorAddresses& addresses, std::chrono::seconds patience, bool changes,
              const Ask& what) {
  std::string tried;
  for (std::size_t i = 0; i < addresses.urls.size(); ++i) {
    const std::size_t at = addresses.at;
    std::string url = addresses.urls[at];
    auto reach = Call::Reach::kNot;
    try {
      int pauses = 0;
      for (int hop = 0; hop <= kMostHops; ++hop) {
        Call call(url, addresses.user, patience);
        Result<T> result = what(call);
        reach = call.reach();
        if (call.come_again() && pauses++ < kMostPauses) {
          std::this_thread::sleep_for(*call.come_again());
          --hop;
          continue;
        }
        const bool moved = !call.moved_to().empty() && hop < kMostHops &&
                           is_secured(call.moved_to()) == is_secured(url);
        if (!moved && (result || reach == Call::Reach::kAnswered)) return result;
        if (!moved) tried += (tried.empty() ? "" : ", ") + result.error().message;
        if (!moved) break;
        url = call.moved_to();
      }
      if (changes && reach == Call::Reach::kPerhaps) break;
    } catch (const std::exception& error) {
      return fail(Errc::kInternal, "request to {}: {}", url, error.what());
    }
    addresses.at = (at + 1) % addresses.urls.size();
  }
  return fail(unreachable(tried, addresses.named_by));
}

Result<Answer> get(SupervisorAddresses& addresses, const std::string& path,
                   std::chrono::seconds patience = kAnswerTimeout) {
  return ask<Answer>(addresses, patience, false, [&](Call& call) { return call.get(path); });
}

Result<Answer> post(SupervisorAddresses& addresses, const std::string& path,
                    const std::string& body) {
  return ask<Answer>(addresses, kAnswerTimeout, true,
                     [&](Call& call) { return call.post(path, body); });
}

Result<Bytes> get_bytes(SupervisorAddresses& addresses, const std::string& path) {
  return ask<Bytes>(addresses, kAnswerTimeout, false,
                    [&](Call& call) { return call.get_bytes(path); });
}

Result<nlohmann::json> get_json(SupervisorAddresses& addresses, const std::string& path) {
  DK_TRY_ASSIGN(const auto answer, get(addresses, path));
  auto json = api::parse_json(answer.body);
  if (!json) return fail_in(addresses.urls[addresses.at] + path, json.error());
  return json;
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

Result<std::string> checked_url(std::string_view url) {
  auto authority = url;
  const std::string_view scheme = is_secured(url) ? "https://" : "http://";
  if (authority.starts_with(scheme)) authority.remove_prefix(scheme.size());
  if (authority.ends_with('/')) authority.remove_suffix(1);
  const auto host = api::host_of(authority);
  const bool has_port = !authority.ends_with(host) && !authority.ends_with(']');
  const bool plain = authority.find_first_of("/?#@ ") == std::string_view::npos;
  if (url.starts_with(scheme) && !host.empty() && has_port && plain)
    return std::string(scheme) + std::string(authority);
  return fail(Errc::kInvalid,
              "a supervisor's address has the form http://HOST:PORT or https://HOST:PORT, such as "
              "http://127.0.0.1:7300 (several of them with commas in between); got '{}'",
              url);
}

/// httplib says of files that it cannot read only that the connection failed.
Result<void> check_user(const HttpUser& user) {
  if (!user.ca_file.empty()) {
    DK_TRY_ASSIGN(const auto text, read_file(user.ca_file));
    DK_TRY(security::facts_of(text, user.ca_file.string()));
  }
  if (!user.certs.empty()) DK_TRY(security::read_bundle(user.certs, security::WallClock::now()));
  const bool sendable = user.token.find_first_of("\r\n\t ") == std::string::npos;
  return sendable ? Result<void>()
                  : fail(Errc::kInvalid, "a token has no spaces or line ends in it");
}

}  // namespace

HttpGateway::~HttpGateway() = default;

Result<std::unique_ptr<HttpGateway>> HttpGateway::open(const std::string& urls,
                                                       const HttpUser& user,
                                                       const std::string& named_by) {
  DK_TRY(check_user(user));
  // libssl writes to sockets without asking about it.
  std::signal(SIGPIPE, SIG_IGN);
  std::vector<std::string> addresses;
  for (std::string_view rest = urls;;) {
    const auto comma = rest.find(',');
    DK_TRY_ASSIGN(auto url, checked_url(rest.substr(0, comma)));
    addresses.push_back(std::move(url));
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  return std::unique_ptr<HttpGateway>(new HttpGateway(std::move(addresses), user, named_by));
}

Result<JobId> HttpGateway::submit(const JobRequest& request) {
  DK_TRY_ASSIGN(const auto answer,
                post(addresses_, "/api/v1/jobs", api::to_line(api::to_json(request))));
  const auto json = nlohmann::json::parse(answer.body, nullptr, false);
  if (json.is_object() && json.contains("id") && json["id"].is_number_unsigned()) {
    return JobId(json["id"].get<std::uint64_t>());
  }
  return fail(Errc::kInternal, "{} accepted the job but its answer has no id: '{}'",
              addresses_.urls[addresses_.at], answer.body.substr(0, 200));
}

Result<nlohmann::json> HttpGateway::jobs() {
  return get_json(addresses_, "/api/v1/jobs");
}
Result<nlohmann::json> HttpGateway::history(std::size_t limit) {
  return get_json(addresses_, fmt::format("/api/v1/history?limit={}", limit));
}
Result<JobRequest> HttpGateway::request(JobId job) {
  const auto path = job_path(job, "/request");
  DK_TRY_ASSIGN(const auto answer, get(addresses_, path));
  auto request = api::parse_job_request(answer.body);
  if (!request) return fail_in(addresses_.urls[addresses_.at] + path, request.error());
  return request;
}
Result<nlohmann::json> HttpGateway::nodes() {
  return get_json(addresses_, "/api/v1/nodes");
}
Result<void> HttpGateway::drain(const std::string& node, bool on) {
  DK_TRY(post(addresses_, fmt::format("/api/v1/nodes/{}/{}", node, on ? "drain" : "undrain"), ""));
  return {};
}
Result<nlohmann::json> HttpGateway::status(JobId job) {
  return get_json(addresses_, job_path(job, ""));
}
Result<nlohmann::json> HttpGateway::spec(JobId job) {
  return get_json(addresses_, job_path(job, "/spec"));
}

Result<void> HttpGateway::cancel(JobId job) {
  DK_TRY(post(addresses_, job_path(job, "/cancel"), ""));
  return {};
}

Result<void> HttpGateway::resume(JobId job) {
  DK_TRY(post(addresses_, job_path(job, "/resume"), ""));
  return {};
}

Result<EventPage> HttpGateway::events(JobId job, std::uint64_t from, milliseconds timeout) {
  const auto wait = std::clamp(timeout, milliseconds(0), kLongestWait);
  const auto path = fmt::format("{}?follow=false&from={}&wait_ms={}", job_path(job, "/events"),
                                from, wait.count());
  const auto patience = std::chrono::ceil<std::chrono::seconds>(wait) + kEventsGrace;
  DK_TRY_ASSIGN(const auto answer, get(addresses_, path, patience));
  EventPage page;
  page.events = split_lines(answer.body);
  page.ended = answer.ended == "true";
  const auto& next = answer.next_event;
  const auto [end, error] = std::from_chars(next.data(), next.data() + next.size(), page.next);
  if (error != std::errc{} || end != next.data() + next.size() || next.empty()) {
    return fail(Errc::kInvalid, "{} answered GET {} without DK-Next-Event; check --supervisor",
                addresses_.urls[addresses_.at], path);
  }
  return page;
}

Result<std::string> HttpGateway::architecture(JobId job) {
  DK_TRY_ASSIGN(auto answer, get(addresses_, job_path(job, "/architecture")));
  return std::move(answer.body);
}

Result<Bytes> HttpGateway::weights(JobId job) {
  return get_bytes(addresses_, job_path(job, "/weights"));
}

Result<Bytes> HttpGateway::checkpoint_weights(JobId job, CheckpointId checkpoint) {
  const auto path = fmt::format("{}?checkpoint={}", job_path(job, "/weights"), checkpoint.value);
  return get_bytes(addresses_, path);
}

Result<nlohmann::json> HttpGateway::checkpoints(JobId job) {
  return get_json(addresses_, job_path(job, "/checkpoints"));
}

Result<nlohmann::json> HttpGateway::verify_checkpoint(JobId job, CheckpointId checkpoint,
                                                      std::uint64_t first, std::uint64_t limit) {
  return get_json(addresses_,
                  fmt::format("{}/{}/verify?first={}&limit={}", job_path(job, "/checkpoints"),
                              checkpoint.value, first, limit));
}

Result<nlohmann::json> HttpGateway::prune_checkpoints(JobId job,
                                                      const std::vector<CheckpointId>& ids) {
  auto numbers = nlohmann::json::array();
  for (const auto id : ids) numbers.push_back(id.value);
  DK_TRY_ASSIGN(const auto answer, post(addresses_, job_path(job, "/checkpoints/prune"),
                                        api::to_line({{"checkpoints", std::move(numbers)}})));
  return api::parse_json(answer.body);
}

}  // namespace dk
