// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/dk-submit/open_gateway.hpp"

#include "actors/api/http_gateway.hpp"
#include "apps/dk-submit/connection.hpp"
#include "apps/dk-submit/open_local.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace dk::submit {

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
    DK_TRY_ASSIGN(const auto connection, choose_connection(globals, process_environment));
    DK_TRY_ASSIGN(session->gateway_,
                  HttpGateway::open(connection.urls, connection.user, connection.named_by));
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
