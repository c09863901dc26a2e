// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/security/tokens.hpp"

#include "actors/security/bundle.hpp"
#include "base/files.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace dk::security {
namespace {

constexpr int kFormat = 1;
constexpr std::size_t kRandomBytes = 32;
constexpr std::size_t kHashBytes = 32;
constexpr std::size_t kLongestText = 256;
constexpr std::size_t kLongestFile = std::size_t{16} << 20;
constexpr const char* kPrefix = "dk_";

std::string hexadecimal(std::span<const unsigned char> bytes) {
  std::string text;
  for (const auto byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

std::string hash_of(std::string_view text) {
  std::array<unsigned char, kHashBytes> hash{};
  ::EVP_Digest(text.data(), text.size(), hash.data(), nullptr, ::EVP_sha256(), nullptr);
  return hexadecimal(hash);
}

std::int64_t seconds_of(WallTime time) {
  return WallClock::to_time_t(time);
}

Result<std::vector<Token>> parse(const std::string& text, const std::string& where) {
  try {
    const auto json = nlohmann::json::parse(text);
    if (json.at("format") != kFormat)
      return fail(Errc::kCorrupt, "{}: its format is {}, not {}", where, json.at("format").dump(),
                  kFormat);
    std::vector<Token> tokens;
    for (const auto& entry : json.at("tokens")) {
      DK_TRY_ASSIGN(const auto role, role_from(entry.at("role").get<std::string>()));
      tokens.push_back({entry.at("name").get<std::string>(), role,
                        entry.at("sha256").get<std::string>(),
                        WallClock::from_time_t(entry.at("added").get<std::int64_t>()),
                        WallClock::from_time_t(entry.at("expires").get<std::int64_t>())});
      if (role == Role::kNode || tokens.back().sha256.size() != 2 * kHashBytes)
        return fail(Errc::kCorrupt, "{}: the token of '{}' is none", where, tokens.back().name);
    }
    return tokens;
  } catch (const nlohmann::json::exception& error) {
    return fail(Errc::kCorrupt, "{}: {}", where, error.what());
  }
}

std::string to_text(const std::vector<Token>& tokens) {
  auto list = nlohmann::json::array();
  for (const auto& token : tokens) {
    list.push_back({{"name", token.name},
                    {"role", to_string(token.role)},
                    {"sha256", token.sha256},
                    {"added", seconds_of(token.added)},
                    {"expires", seconds_of(token.expires)}});
  }
  return nlohmann::json{{"format", kFormat}, {"tokens", std::move(list)}}.dump(2) + "\n";
}

std::string fingerprint(const std::filesystem::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return "none";
  return fmt::format("{}:{}:{}.{}", info.st_ino, info.st_size, info.st_mtim.tv_sec,
                     info.st_mtim.tv_nsec);
}

/// Holds other processes off the folder.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& folder)
      : open_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock() {
    if (open_ >= 0) ::close(open_);
  }
  [[nodiscard]] bool take() const { return open_ >= 0 && ::flock(open_, LOCK_EX) == 0; }

 private:
  int open_;
};

}  // namespace

template <class Change>
Result<void> TokenFile::change(const Change& change) {
  const auto folder = path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".");
  const FolderLock lock(folder);
  if (!lock.take()) return fail(Errc::kIo, "{}: {}", folder.string(), std::strerror(errno));
  DK_TRY_ASSIGN(auto tokens, list());
  DK_TRY(change(tokens));
  auto temporary = path_;
  temporary += ".new";
  std::error_code error;
  std::filesystem::remove(temporary, error);
  DK_TRY(write_new_file(temporary, to_text(tokens), false));
  std::filesystem::rename(temporary, path_, error);
  if (error) return fail(Errc::kIo, "{}: {}", path_.string(), error.message());
  return {};
}

Result<std::string> TokenFile::add(const Identity& who, std::chrono::seconds lifetime,
                                   WallTime now) {
  DK_TRY(check_name(who.name));
  std::array<unsigned char, kRandomBytes> random{};
  if (who.role == Role::kNode) return fail(Errc::kInvalid, "a node has a certificate, not a token");
  if (::RAND_bytes(random.data(), static_cast<int>(random.size())) != 1)
    return fail(Errc::kIo, "there are no random numbers");
  auto text = kPrefix + hexadecimal(random);
  DK_TRY(change([&](std::vector<Token>& tokens) -> Result<void> {
    tokens.push_back({who.name, who.role, hash_of(text), now, now + lifetime});
    return {};
  }));
  return text;
}

Result<std::size_t> TokenFile::revoke(const std::string& name) {
  std::size_t count = 0;
  DK_TRY(change([&](std::vector<Token>& tokens) -> Result<void> {
    count = std::erase_if(tokens, [&](const Token& token) { return token.name == name; });
    if (count == 0) return fail(Errc::kNotFound, "{}: '{}' has no token", path_.string(), name);
    return {};
  }));
  return count;
}

Result<std::vector<Token>> TokenFile::list() const {
  const auto text = read_file(path_, kLongestFile);
  if (!text && text.error().code == Errc::kNotFound) return std::vector<Token>{};
  if (!text) return fail(text.error());
  return parse(*text, path_.string());
}

Result<Identity> TokenFile::identify(std::string_view text, WallTime now) {
  const std::lock_guard lock(mutex_);
  if (auto seen = fingerprint(path_); seen != seen_) {
    tokens_ = list();
    seen_ = std::move(seen);
  }
  if (!tokens_) return fail(tokens_.error());
  const auto hash = hash_of(text.substr(0, kLongestText));
  std::optional<Identity> found;
  bool expired = false;
  for (const auto& token : *tokens_) {
    if (::CRYPTO_memcmp(token.sha256.data(), hash.data(), 2 * kHashBytes) != 0) continue;
    expired = token.expires <= now;
    if (!expired) found = Identity{token.name, token.role};
  }
  if (found && text.size() <= kLongestText) return *found;
  return fail(Errc::kInvalid, "{}",
              expired ? "the token has expired" : "the token is not known here");
}

}  // namespace dk::security
