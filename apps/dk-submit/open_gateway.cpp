// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/open_gateway.hpp"

#include "actors/api/http_gateway.hpp"
#include "apps/dk-submit/open_local.hpp"
#include "base/files.hpp"

#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace dk::submit {
namespace {

constexpr const char* kDefaultSupervisor = "http://127.0.0.1:7300";
constexpr std::size_t kLongestToken = 4096;

/// The option, else the variable of the environment, else the third.
std::string chosen(const std::string& option, const char* variable, const char* otherwise = "") {
  if (!option.empty()) return option;
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

Result<HttpUser> user(const Globals& globals) {
  HttpUser user{{}, chosen(globals.ca_file, "DK_CA_FILE"), chosen(globals.certs, "DK_CERTS")};
  const auto file = chosen(globals.token_file, "DK_TOKEN_FILE");
  if (file.empty()) {
    user.token = chosen("", "DK_TOKEN");
    return user;
  }
  DK_TRY_ASSIGN(user.token, read_file(file, kLongestToken));
  while (!user.token.empty() && std::isspace(static_cast<unsigned char>(user.token.back())) != 0)
    user.token.pop_back();
  if (user.token.empty()) return fail(Errc::kInvalid, "{} holds no token", file);
  return user;
}

}  // namespace

Result<std::filesystem::path> Session::prepare_data(const Place& place) {
  std::error_code error;
  if (!place.data.empty()) {
    std::filesystem::create_directories(place.data, error);
    if (error) return fail(Errc::kIo, "{}: {}", place.data.string(), error.message());
    return std::filesystem::absolute(place.data);
  }
  const auto parent = std::filesystem::temp_directory_path(error);
  if (error) return fail(Errc::kIo, "no directory for temporary files: {}", error.message());
  std::string pattern = (parent / "dk-run-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    return fail(Errc::kIo, "cannot make {}: {}", pattern, std::strerror(errno));
  }
  temporary_ = pattern;
  return temporary_;
}

Result<std::unique_ptr<Session>> Session::open(const Place& place, const Globals& globals) {
  auto session = std::unique_ptr<Session>(new Session);
  if (place.kind == Place::Kind::kRemote) {
    DK_TRY_ASSIGN(const auto who, user(globals));
    DK_TRY_ASSIGN(
        session->gateway_,
        HttpGateway::open(chosen(globals.supervisor, "DK_SUPERVISOR", kDefaultSupervisor), who));
    return session;
  }
  DK_TRY_ASSIGN(const auto data, session->prepare_data(place));
  if (place.kind == Place::Kind::kInProcess) {
    DK_TRY_ASSIGN(session->local_, open_local(data));
    return session;
  }
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return fail(Errc::kIo, "cannot find this program's own path: {}", error.message());
  DK_TRY_ASSIGN(session->processes_,
                LocalProcesses::start({self.parent_path() / "dk-node", place.nodes, data}));
  DK_TRY_ASSIGN(session->gateway_, HttpGateway::open(session->processes_->url()));
  return session;
}

Session::~Session() {
  gateway_.reset();
  local_.reset();
  processes_.reset();
  std::error_code ignored;
  if (!temporary_.empty()) std::filesystem::remove_all(temporary_, ignored);
}

Result<std::unique_ptr<Session>> open_remote(const Globals& globals) {
  return Session::open(Place{}, globals);
}

}  // namespace dk::submit
