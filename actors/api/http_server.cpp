// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/http_server.hpp"

#include "actors/api/access.hpp"
#include "actors/api/api_error.hpp"
#include "actors/api/connection_server.hpp"
#include "actors/api/loopback.hpp"
#include "actors/api/request_parsing.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <exception>
#include <optional>
#include <thread>

namespace dk {
namespace {

using api::answer;
using api::ConnectionServer;
using httplib::Request;
using httplib::Response;
using std::chrono::milliseconds;

constexpr const char* kEventLines = "application/x-ndjson";
/// Followers hold a thread each; the rest stays free for short requests.
constexpr int kMaxFollowers = 24;
constexpr std::uint64_t kMaxWaitMs = 30'000;
constexpr int kTemporaryRedirect = 307;
/// Of one answer to `verify`, so that a client can show how far it is.
constexpr std::uint64_t kMostChunks = 64;
/// How long a follower stays inside the gateway before it looks whether to stop.
constexpr milliseconds kSlice{200};

/// What httplib refuses by itself, what handlers throw and who may ask at all.
void guard(ConnectionServer& server, Gateway& gateway, const api::Access& access, bool secured) {
  server.set_pre_routing_handler(
      [&gateway, &access, secured](const Request& request, Response& response) {
        auto refusal = api::refuse_foreign(request, secured);
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
  server.set_error_handler([](const Request& request, Response& response) {
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

  Impl(Gateway& target, const std::optional<api::Security>& security)
      : gateway(target), access(security), server(security) {}

  void add_routes();
  std::optional<std::string> read_text(const Request& request, Response& response,
                                       const httplib::ContentReader& read_body);
  void post_job(const Request& request, Response& response,
                const httplib::ContentReader& read_body);
  void get_jobs(const Request& request, Response& response);
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

  Gateway& gateway;
  api::Access access;
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

void HttpServer::Impl::get_jobs(const Request& request, Response& response) {
  auto jobs = gateway.jobs();
  const auto user = access.who(request);
  if (jobs && user && api::sees_own_jobs_only(*user)) {
    auto own = nlohmann::json::array();
    for (auto& job : *jobs)
      if (job.value("submitter", "") == user->name) own.push_back(std::move(job));
    *jobs = std::move(own);
  }
  answer(response, user ? jobs : Result<nlohmann::json>(fail(user.error())));
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
  server.Get("/api/v1/jobs",
             [this](const Request& request, Response& response) { get_jobs(request, response); });
  server.Get("/api/v1/nodes",
             [this](const Request&, Response& response) { answer(response, gateway.nodes()); });
  server.Get("/api/v1/jobs/([^/]+)", with_job([this](JobId job, Response& response) {
               answer(response, gateway.status(job));
             }));
  server.Get("/api/v1/jobs/([^/]+)/spec", with_job([this](JobId job, Response& response) {
               answer(response, gateway.spec(job));
             }));
  server.Get("/api/v1/jobs/([^/]+)/architecture", with_job([this](JobId job, Response& response) {
               const auto text = gateway.architecture(job);
               text ? response.set_content(*text, "application/json")
                    : answer(response, text.error());
             }));
  server.Get("/api/v1/jobs/([^/]+)/weights", [this](const Request& request, Response& response) {
    get_weights(request, response);
  });
  server.Get("/api/v1/jobs/([^/]+)/checkpoints", with_job([this](JobId job, Response& response) {
               answer(response, gateway.checkpoints(job));
             }));
  server.Get(
      "/api/v1/jobs/([^/]+)/checkpoints/([^/]+)/verify",
      [this](const Request& request, Response& response) { get_verified(request, response); });
  server.Post(
      "/api/v1/jobs/([^/]+)/checkpoints/prune",
      [this](const Request& request, Response& response, const httplib::ContentReader& read_body) {
        post_prune(request, response, read_body);
      });
  server.Get("/api/v1/jobs/([^/]+)/events",
             [this](const Request& request, Response& response) { get_events(request, response); });
  server.Post("/api/v1/jobs", [this](const Request& request, Response& response,
                                     const httplib::ContentReader& read_body) {
    post_job(request, response, read_body);
  });
  server.Post(
      "/api/v1/nodes/([^/]+)/(drain|undrain)",
      [this](const Request& request, Response& response, const httplib::ContentReader&) {
        const auto node = request.matches[1].str();
        const auto done = gateway.drain(node, request.matches[2] == "drain");
        done ? answer(response, nlohmann::json{{"name", node}}) : answer(response, done.error());
      });
  server.Post("/api/v1/jobs/([^/]+)/cancel",
              [this](const Request& request, Response& response, const httplib::ContentReader&) {
                const auto job = api::job_of(request);
                if (!job) return answer(response, job.error());
                const auto done = gateway.cancel(*job);
                if (done) return answer(response, nlohmann::json{{"id", job->value}});
                answer(response, done.error());
                if (done.error().code == Errc::kInvalid) response.status = 409;
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
                                                      std::optional<api::Security> security) {
  if (!security && !api::is_loopback(host)) {
    return fail(Errc::kInvalid,
                "cannot serve HTTP on '{}': any address but loopback (127.0.0.1, localhost, ::1) "
                "needs certificates",
                host);
  }
  auto impl = std::make_unique<Impl>(gateway, security);
  auto& server = impl->server;
  impl->add_routes();
  guard(server, gateway, impl->access, security.has_value());
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
