// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/data_directory.hpp"

#include "base/files.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace dk::storage {
namespace {

constexpr std::int64_t kFormat = 1;
constexpr std::size_t kMostIdentityBytes = 1 << 16;
constexpr std::size_t kClusterIdDigits = 32;

bool is_cluster_id(std::string_view id) {
  return id.size() == kClusterIdDigits &&
         id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<void> make_private_directory(const std::filesystem::path& path) {
  std::error_code code;
  const bool created = std::filesystem::create_directories(path, code);
  if (!code && created) {
    std::filesystem::permissions(path, std::filesystem::perms::owner_all, code);
  }
  if (code) return fail(Errc::kIo, "{}: cannot create: {}", path.string(), code.message());
  return {};
}

/// Takes the lock file's lock; the descriptor that holds it.
Result<int> lock(const std::filesystem::path& directory) {
  const auto path = directory / "LOCK";
  // Close-on-exec, or a child process would go on holding the lock after this one.
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return fail(Errc::kIo, "{}: cannot open: {}", path.string(), std::strerror(errno));
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) {
    const auto pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, pid.data(), pid.size(), 0) < 0) {
      const auto reason = std::strerror(errno);
      ::close(fd);
      return fail(Errc::kIo, "{}: cannot write: {}", path.string(), reason);
    }
    return fd;
  }
  const int code = errno;
  ::close(fd);
  if (code != EWOULDBLOCK) {
    return fail(Errc::kIo, "{}: cannot lock: {}", path.string(), std::strerror(code));
  }
  auto holder = read_file(path, 64).value_or("");
  while (!holder.empty() && holder.back() == '\n') holder.pop_back();
  return fail(Errc::kInUse, "data directory {} is in use by process {}", directory.string(),
              holder.empty() ? "(not yet known)" : holder);
}

Result<std::string> random_cluster_id() {
  std::uint64_t words[2];
  if (::getrandom(words, sizeof words, 0) != sizeof words) {
    return fail(Errc::kIo, "no random numbers for a cluster id: {}", std::strerror(errno));
  }
  return fmt::format("{:016x}{:016x}", words[0], words[1]);
}

}  // namespace

struct DataDirectory::State {
  std::filesystem::path path;
  int lock_fd = -1;
  std::string node;
  std::string cluster;

  ~State() {
    if (lock_fd >= 0) ::close(lock_fd);
  }

  [[nodiscard]] std::filesystem::path identity_path() const { return path / "identity.json"; }

  [[nodiscard]] Result<void> save() const {
    const nlohmann::json identity = {{"format", kFormat}, {"node", node}, {"cluster", cluster}};
    // A name that is not UTF-8 must not throw.
    const auto text = identity.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    return write_file_atomic(identity_path(), std::as_bytes(std::span(text)));
  }

  /// What identity.json says, checked against this node.
  [[nodiscard]] Result<void> load(std::string_view expected_node) {
    const auto name = identity_path().string();
    const auto text = read_file(identity_path(), kMostIdentityBytes);
    if (!text && text.error().code == Errc::kNotFound) {
      node = expected_node;
      return save();
    }
    if (!text) return fail(text.error());
    const auto identity = nlohmann::json::parse(*text, nullptr, false);
    if (!identity.is_object() || !identity.contains("format") ||
        !identity["format"].is_number_integer()) {
      return fail(Errc::kCorrupt, "{}: not an object with a whole number \"format\"", name);
    }
    if (const auto format = identity["format"].get<std::int64_t>(); format != kFormat) {
      return fail(Errc::kInvalid, "{}: format {}; this program reads format {}", name, format,
                  kFormat);
    }
    const auto text_of = [&](const char* key) {
      const auto found = identity.find(key);
      return found != identity.end() && found->is_string() ? found->get<std::string>() : "?";
    };
    node = text_of("node");
    cluster = text_of("cluster");
    if (!cluster.empty() && !is_cluster_id(cluster)) {
      return fail(Errc::kCorrupt, "{}: \"cluster\" is not {} hexadecimal digits", name,
                  kClusterIdDigits);
    }
    if (node != expected_node) {
      return fail(Errc::kInvalid,
                  "data directory {} belongs to node {}, this is node {}; keep the name or use "
                  "another directory",
                  path.string(), node, expected_node);
    }
    return {};
  }
};

DataDirectory::DataDirectory(std::unique_ptr<State> state) : state_(std::move(state)) {}
DataDirectory::DataDirectory(DataDirectory&&) noexcept = default;
DataDirectory& DataDirectory::operator=(DataDirectory&&) noexcept = default;
DataDirectory::~DataDirectory() = default;

Result<DataDirectory> DataDirectory::open(const std::filesystem::path& path,
                                          std::string_view node) {
  auto state = std::make_unique<State>();
  state->path = path;
  DK_TRY(make_private_directory(path));
  DK_TRY_ASSIGN(state->lock_fd, lock(path));
  DK_TRY(state->load(node));
  DataDirectory directory(std::move(state));
  for (const auto& part : {directory.chunks(), directory.state(), directory.logs()}) {
    DK_TRY(make_private_directory(part));
  }
  return directory;
}

const std::string& DataDirectory::cluster() const {
  return state_->cluster;
}
const std::string& DataDirectory::node() const {
  return state_->node;
}
const std::filesystem::path& DataDirectory::path() const {
  return state_->path;
}

Result<void> DataDirectory::found_cluster() {
  if (!cluster().empty()) return {};
  DK_TRY_ASSIGN(const auto id, random_cluster_id());
  return adopt_cluster(id);
}

Result<void> DataDirectory::adopt_cluster(std::string_view id) {
  if (!is_cluster_id(id)) {
    return fail(Errc::kInvalid, "\"{}\" is not a cluster id of {} hexadecimal digits", id,
                kClusterIdDigits);
  }
  if (cluster() == id) return {};
  if (!cluster().empty()) {
    return fail(Errc::kInvalid, "data directory {} belongs to cluster {}, this is cluster {}",
                path().string(), cluster(), id);
  }
  state_->cluster = id;
  auto saved = state_->save();
  if (!saved) state_->cluster.clear();
  return saved;
}

Result<std::filesystem::path> DataDirectory::set_chunks_aside() {
  const auto aside = path() / "chunks.damaged";
  std::error_code error;
  std::filesystem::remove_all(aside, error);
  if (!error) std::filesystem::rename(chunks(), aside, error);
  if (error) return fail(Errc::kIo, "{}: {}", chunks().string(), error.message());
  DK_TRY(make_private_directory(chunks()));
  return aside;
}

}  // namespace dk::storage
