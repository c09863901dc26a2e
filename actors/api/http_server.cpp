// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/http_server.hpp"

#include "actors/api/access.hpp"
#include "actors/api/api_error.hpp"
#include "actors/api/connection_server.hpp"
#include "actors/api/job_request.hpp"
#include "actors/api/loopback.hpp"
#include "actors/api/rate_limiter.hpp"
#include "actors/api/request_parsing.hpp"
#include "actors/api/routes.hpp"
#include "base/check.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <exception>
#include <optional>
#include <thread>

namespace dk::embedded {
extern const std::string_view openapi_text;
}

namespace dk {
namespace {

using api::answer;
using api::ConnectionServer;
using httplib::Request;
using httplib::Response;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr const char* kEventLines = "application/x-ndjson";
/// Followers hold a thread each; the rest stays free for short requests.
constexpr int kMaxFollowers = 24;
constexpr std::uint64_t kMaxWaitMs = 30'000;
constexpr int kTemporaryRedirect = 307;
/// Of one answer to `verify`, so that a client can show how far it is.
constexpr std::uint64_t kMostChunks = 64;
constexpr std::uint64_t kMostHistory = 10'000;
constexpr std::uint64_t kUsualHistory = 100;
/// How long a follower stays inside the gateway before it looks whether to stop.
constexpr milliseconds kSlice{200};

/// A path may have line ends in it, which would forge lines of the log.
std::string without_controls(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
  return text;
}

/// Changes that were made, and what went wrong here. Neither queries nor headers, which may hold
/// secrets.
void log_answer(const api::Access& access, const Request& request, const Response& response) {
  const bool own_trouble = response.status == 500;
  const bool change = request.method == "POST" && response.status < 300;
  if (!change && !own_trouble) return;
  const auto user = access.who(request);
  spdlog::log(own_trouble ? spdlog::level::err : spdlog::level::info,
              "{} {} by '{}' from {}: {} (request {})", request.method.substr(0, 16),
              without_controls(request.path.substr(0, 200)), user ? user->name : "?",
              request.remote_addr, response.status, api::request_id(response));
}

/// The pattern of a call, which has to be in the table of routes.
std::string on(std::string_view method, std::string_view path) {
  const auto known = std::ranges::any_of(api::routes(), [&](const api::Route& route) {
    return route.method == method && route.path == path;
  });
  DK_CHECK(known, "every call that is served is in routes.cpp");
  return api::pattern_of(path);
}

/// What httplib refuses by itself, what handlers throw and who may ask at all.
void guard(ConnectionServer& server, Gateway& gateway, const api::Access& access,
           api::RateLimiter& limiter, bool secured) {
  server.set_pre_routing_handler(
      [&gateway, &access, &limiter, secured](const Request& request, Response& response) {
        api::name_request(request, response);
        if (const auto pause = limiter.refuse(request.remote_addr, Clock::now())) {
          api::answer_too_many(response, *pause);
          return httplib::Server::HandlerResponse::Handled;
        }
        auto refusal = api::refuse_foreign(request, secured);
        if (!refusal) refusal = api::refuse_secret_in_url(request);
        std::optional<Elsewhere> leader;
        if (!refusal && (leader = gateway.elsewhere()))
          refusal = Error{Errc::kUnavailable, leader->why};
        if (!refusal) {
          return access.refuses(request, response, gateway)
                     ? httplib::Server::HandlerResponse::Handled
                     : httplib::Server::HandlerResponse::Unhandled;
        }
        answer(response, *refusal);
        if (leader && !leader->http.empty())
          response.set_redirect(
              fmt::format("{}://{}{}", secured ? "https" : "http", leader->http, request.target),
              kTemporaryRedirect);
        return httplib::Server::HandlerResponse::Handled;
      });
  server.set_logger([&access](const Request& request, const Response& response) {
    log_answer(access, request, response);
  });
  server.set_error_handler([](const Request& request, Response& response) {
    if (api::request_id(response).empty()) api::name_request(request, response);
    if (response.body.empty()) api::answer_status(request, response, response.status);
  });
  server.set_exception_handler([](const Request&, Response& response, std::exception_ptr thrown) {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
      answer(response, Error{Errc::kInternal, error.what()});
    } catch (...) {
      answer(response, Error{Errc::kInternal, "an exception of unknown type"});
    }
  });
  // Without these httplib reads the body of an unknown resource, however long, into memory.
  const auto refuse = [](const Request& request, Response& response,
                         const httplib::ContentReader&) {
    api::answer_status(request, response, 404);
  };
  server.Post(".*", refuse).Put(".*", refuse).Patch(".*", refuse).Delete(".*", refuse);
}

std::string join_lines(const std::vector<std::string>& events) {
  std::string lines;
  for (const auto& event : events) lines.append(event).push_back('\n');
  return lines;
}

}  // namespace

struct HttpServer::Impl {
  /// One of the threads that may stay; gives its place back at its end.
  class Follower {
   public:
    explicit Follower(std::atomic<int>& count) : count_(count), place_(++count_) {}
    Follower(const Follower&) = delete;
    Follower& operator=(const Follower&) = delete;
    ~Follower() { --count_; }
    [[nodiscard]] bool admitted() const { return place_ <= kMaxFollowers; }

   private:
    std::atomic<int>& count_;
    int place_;
  };

  Impl(Gateway& target, const std::optional<api::Security>& security, const HttpLimits& limits)
      : gateway(target),
        access(security),
        limiter(limits.requests_per_second, limits.burst),
        server(security, limits.connections) {}

  void add_routes();
  void add_job_routes();
  void add_checkpoint_routes();
  std::optional<std::string> read_text(const Request& request, Response& response,
                                       const httplib::ContentReader& read_body);
  void post_job(const Request& request, Response& response,
                const httplib::ContentReader& read_body);
  void get_jobs(const Request& request, Response& response);
  void get_history(const Request& request, Response& response);
  void answer_own(const Request& request, Response& response, Result<nlohmann::json> jobs);
  void get_events(const Request& request, Response& response);
  void follow_events(JobId job, EventPage first, std::shared_ptr<Follower> place,
                     Response& response);
  void get_weights(const Request& request, Response& response);
  void get_verified(const Request& request, Response& response);
  void post_prune(const Request& request, Response& response,
                  const httplib::ContentReader& read_body);
  Result<EventPage> wait_for_events(JobId job, std::uint64_t from, milliseconds patience);

  template <class Call>
  httplib::Server::Handler with_job(Call call) {
    return [call](const Request& request, Response& response) {
      const auto job = api::job_of(request);
      job ? call(*job, response) : answer(response, job.error());
    };
  }

  /// An order to a job, refused with 409 in the state that it is in.
  httplib::Server::HandlerWithContentReader change_job(Result<void> (Gateway::*order)(JobId)) {
    return
        [this, order](const Request& request, Response& response, const httplib::ContentReader&) {
          const auto job = api::job_of(request);
          if (!job) return answer(response, job.error());
          const auto done = (gateway.*order)(*job);
          if (done) return answer(response, nlohmann::json{{"id", job->value}});
          answer(response, done.error());
          if (done.error().code == Errc::kInvalid) response.status = 409;
        };
  }

  Gateway& gateway;
  api::Access access;
  api::RateLimiter limiter;
  ConnectionServer server;
  std::atomic<int> followers = 0;
  std::uint16_t port = 0;
  std::thread thread;
};

Result<EventPage> HttpServer::Impl::wait_for_events(JobId job, std::uint64_t from,
                                                    milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (true) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
    auto page = gateway.events(job, from, std::clamp(left, milliseconds(0), kSlice));
    const bool over = left <= kSlice || server.stopping();
    if (!page || !page->events.empty() || page->ended || over) return page;
  }
}

/// A list of jobs, of which some users see only their own.
void HttpServer::Impl::answer_own(const Request& request, Response& response,
                                  Result<nlohmann::json> jobs) {
  const auto user = access.who(request);
  if (jobs && user && api::sees_own_jobs_only(*user)) {
    auto own = nlohmann::json::array();
    for (auto& job : *jobs)
      if (job.value("submitter", "") == user->name) own.push_back(std::move(job));
    *jobs = std::move(own);
  }
  answer(response, user ? jobs : Result<nlohmann::json>(fail(user.error())));
}

void HttpServer::Impl::get_jobs(const Request& request, Response& response) {
  answer_own(request, response, gateway.jobs());
}

void HttpServer::Impl::get_history(const Request& request, Response& response) {
  const auto limit = api::number_parameter(request, "limit", kMostHistory);
  if (!limit) return answer(response, limit.error());
  answer_own(request, response, gateway.history(*limit == 0 ? kUsualHistory : *limit));
}

void HttpServer::Impl::get_events(const Request& request, Response& response) {
  const auto job = api::job_of(request);
  if (!job) return answer(response, job.error());
  const auto from = api::number_parameter(request, "from", UINT64_MAX);
  if (!from) return answer(response, from.error());
  const auto wait = api::number_parameter(request, "wait_ms", kMaxWaitMs);
  if (!wait) return answer(response, wait.error());
  const auto follow = api::flag_parameter(request, "follow", true);
  if (!follow) return answer(response, follow.error());

  auto place = std::make_shared<Follower>(followers);
  if (!place->admitted()) {
    return answer(response, {Errc::kUnavailable, fmt::format("{} clients follow events already; "
                                                             "try again when one has left",
                                                             kMaxFollowers)});
  }
  auto page = wait_for_events(*job, *from, milliseconds(*follow ? 0 : *wait));
  if (!page) return answer(response, page.error());
  if (*follow) return follow_events(*job, std::move(*page), std::move(place), response);
  response.set_header("DK-Next-Event", std::to_string(page->next));
  response.set_header("DK-Ended", page->ended ? "true" : "false");
  response.set_content(join_lines(page->events), kEventLines);
}

void HttpServer::Impl::follow_events(JobId job, EventPage first, std::shared_ptr<Follower> place,
                                     Response& response) {
  const auto page = std::make_shared<EventPage>(std::move(first));
  // Runs outside httplib's exception guard. Returning false breaks the stream off, so that a client
  // can tell it from the job's end.
  const auto provide = [this, job, page, place](std::size_t, httplib::DataSink& sink) {
    try {
      const std::string lines = join_lines(page->events);
      if (!lines.empty() && !sink.write(lines.data(), lines.size())) return false;
      if (page->ended) {
        sink.done();
        return true;
      }
      auto next = wait_for_events(job, page->next, milliseconds(1000));
      if (!next || server.stopping()) return false;
      *page = std::move(*next);
      return true;
    } catch (const std::exception&) {
      return false;
    }
  };
  response.set_chunked_content_provider(kEventLines, provide);
}

void HttpServer::Impl::get_weights(const Request& request, Response& response) {
  const auto job = api::job_of(request);
  if (!job) return answer(response, job.error());
  const auto checkpoint = api::number_parameter(request, "checkpoint", UINT64_MAX);
  if (!checkpoint) return answer(response, checkpoint.error());
  auto weights = *checkpoint == 0 ? gateway.weights(*job)
                                  : gateway.checkpoint_weights(*job, CheckpointId(*checkpoint));
  if (!weights) return answer(response, weights.error());
  if (weights->empty()) return response.set_content("", "application/octet-stream");
  const auto bytes = std::make_shared<Bytes>(std::move(*weights));
  response.set_content_provider(
      bytes->size(), "application/octet-stream",
      [bytes](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
        constexpr std::size_t kPiece = std::size_t{1} << 20;
        const auto* data = reinterpret_cast<const char*>(bytes->data()) + offset;
        return sink.write(data, std::min(length, kPiece));
      });
}

void HttpServer::Impl::get_verified(const Request& request, Response& response) {
  const auto job = api::job_of(request);
  if (!job) return answer(response, job.error());
  const auto checkpoint = api::checkpoint_of(request);
  if (!checkpoint) return answer(response, checkpoint.error());
  const auto first = api::number_parameter(request, "first", UINT64_MAX);
  if (!first) return answer(response, first.error());
  const auto limit = api::number_parameter(request, "limit", kMostChunks);
  if (!limit) return answer(response, limit.error());
  answer(response,
         gateway.verify_checkpoint(*job, *checkpoint, *first, *limit == 0 ? kMostChunks : *limit));
}

void HttpServer::Impl::post_prune(const Request& request, Response& response,
                                  const httplib::ContentReader& read_body) {
  const auto job = api::job_of(request);
  if (!job) return answer(response, job.error());
  const auto body = read_text(request, response, read_body);
  if (!body) return;
  const auto ids = api::parse_prune_request(*body);
  if (!ids) return answer(response, ids.error());
  const auto pruned = gateway.prune_checkpoints(*job, *ids);
  answer(response, pruned);
  if (!pruned && pruned.error().code == Errc::kInvalid) response.status = 409;
}

/// The body; none after an answer that says what is wrong with it.
std::optional<std::string> HttpServer::Impl::read_text(const Request& request, Response& response,
                                                       const httplib::ContentReader& read_body) {
  const bool has_body = request.has_header("Content-Length") ||
                        request.get_header_value("Transfer-Encoding") == "chunked";
  const auto refuse = [&](const Error& error) {
    answer(response, error);
    return std::nullopt;
  };
  if (!has_body) return refuse({Errc::kInvalid, "the request has no body"});
  std::string body;
  bool fits = true;
  const bool whole = read_body([&](const char* data, std::size_t size) {
    fits = body.size() + size <= ConnectionServer::kBodyBytes;
    if (fits) body.append(data, size);
    return fits;
  });
  if (!fits || response.status == 413) {
    api::answer_status(request, response, 413);
    return std::nullopt;
  }
  if (!whole) return refuse({Errc::kInvalid, "the request body broke off"});
  return body;
}

void HttpServer::Impl::post_job(const Request& request, Response& response,
                                const httplib::ContentReader& read_body) {
  const auto body = read_text(request, response, read_body);
  if (!body) return;
  auto job_request = api::parse_job_request(*body);
  if (!job_request) return answer(response, job_request.error());
  const auto user = access.who(request);
  if (!user) return answer(response, user.error());
  job_request->submitter = user->name;
  const auto job = gateway.submit(*job_request);
  if (!job) return answer(response, job.error());
  answer(response, nlohmann::json{{"id", job->value}}, 201);
}

void HttpServer::Impl::add_routes() {
  server.Get(on("GET", "/api/v1/openapi.json"), [](const Request&, Response& response) {
    response.set_content(std::string(embedded::openapi_text), "application/json");
  });
  server.Get(on("GET", "/api/v1/nodes"),
             [this](const Request&, Response& response) { answer(response, gateway.nodes()); });
  for (const bool drains : {true, false}) {
    server.Post(
        on("POST", drains ? "/api/v1/nodes/{name}/drain" : "/api/v1/nodes/{name}/undrain"),
        [this, drains](const Request& request, Response& response, const httplib::ContentReader&) {
          const auto node = request.matches[1].str();
          const auto done = gateway.drain(node, drains);
          done ? answer(response, nlohmann::json{{"name", node}}) : answer(response, done.error());
        });
  }
  add_job_routes();
  add_checkpoint_routes();
}

void HttpServer::Impl::add_job_routes() {
  server.Get(on("GET", "/api/v1/history"), [this](const Request& request, Response& response) {
    get_history(request, response);
  });
  server.Get(on("GET", "/api/v1/jobs"),
             [this](const Request& request, Response& response) { get_jobs(request, response); });
  server.Post(on("POST", "/api/v1/jobs"), [this](const Request& request, Response& response,
                                                 const httplib::ContentReader& read_body) {
    post_job(request, response, read_body);
  });
  server.Get(on("GET", "/api/v1/jobs/{id}"), with_job([this](JobId job, Response& response) {
               answer(response, gateway.status(job));
             }));
  server.Get(
      on("GET", "/api/v1/jobs/{id}/request"), with_job([this](JobId job, Response& response) {
        const auto request = gateway.request(job);
        request ? answer(response, api::to_json(*request)) : answer(response, request.error());
      }));
  server.Post(on("POST", "/api/v1/jobs/{id}/cancel"), change_job(&Gateway::cancel));
  server.Post(on("POST", "/api/v1/jobs/{id}/resume"), change_job(&Gateway::resume));
  server.Get(on("GET", "/api/v1/jobs/{id}/events"),
             [this](const Request& request, Response& response) { get_events(request, response); });
  server.Get(on("GET", "/api/v1/jobs/{id}/spec"), with_job([this](JobId job, Response& response) {
               answer(response, gateway.spec(job));
             }));
  server.Get(
      on("GET", "/api/v1/jobs/{id}/architecture"), with_job([this](JobId job, Response& response) {
        const auto text = gateway.architecture(job);
        text ? response.set_content(*text, "application/json") : answer(response, text.error());
      }));
}

void HttpServer::Impl::add_checkpoint_routes() {
  server.Get(
      on("GET", "/api/v1/jobs/{id}/weights"),
      [this](const Request& request, Response& response) { get_weights(request, response); });
  server.Get(on("GET", "/api/v1/jobs/{id}/checkpoints"),
             with_job([this](JobId job, Response& response) {
               answer(response, gateway.checkpoints(job));
             }));
  server.Get(
      on("GET", "/api/v1/jobs/{id}/checkpoints/{number}/verify"),
      [this](const Request& request, Response& response) { get_verified(request, response); });
  server.Post(
      on("POST", "/api/v1/jobs/{id}/checkpoints/prune"),
      [this](const Request& request, Response& response, const httplib::ContentReader& read_body) {
        post_prune(request, response, read_body);
      });
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() {
  stop();
}
std::uint16_t HttpServer::port() const {
  return impl_->port;
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(Gateway& gateway, const std::string& host,
                                                      std::uint16_t port,
                                                      std::optional<api::Security> security,
                                                      const HttpLimits& limits) {
  if (!security && !api::is_loopback(host)) {
    return fail(Errc::kInvalid,
                "cannot serve HTTP on '{}': any address but loopback (127.0.0.1, localhost, ::1) "
                "needs certificates",
                host);
  }
  auto impl = std::make_unique<Impl>(gateway, security, limits);
  auto& server = impl->server;
  impl->add_routes();
  guard(server, gateway, impl->access, impl->limiter, security.has_value());
  errno = 0;
  const int bound = port == 0                         ? server.bind_to_any_port(host)
                    : server.bind_to_port(host, port) ? port
                                                      : -1;
  if (bound <= 0) {
    if (errno == EACCES) return fail(Errc::kIo, "not allowed to listen on {}:{}", host, port);
    return fail(Errc::kInUse, "cannot listen on {}:{}: the port is in use", host, port);
  }
  server.widen_backlog();
  impl->port = static_cast<std::uint16_t>(bound);
  impl->thread = std::thread([&server] { server.listen_after_bind(); });
  // httplib forgets a stop() that comes before its loop runs.
  while (!server.is_running()) std::this_thread::yield();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

void HttpServer::stop() {
  impl_->server.begin_stop();
  impl_->server.stop();
  if (impl_->thread.joinable()) impl_->thread.join();
  impl_->server.finish_stop();
}

}  // namespace dk
