// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/security/authority.hpp"

#include "base/files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace dk::security {
namespace {

namespace fs = std::filesystem;

constexpr auto kCertificate = "ca.pem";
constexpr auto kKey = "ca.key";
constexpr auto kRevocations = "crl.pem";
constexpr auto kIssued = "issued";
constexpr auto kLock = "lock";

fs::path issued_file(const fs::path& directory, const CertificateFacts& facts) {
  return directory / kIssued / fmt::format("{}-{}.pem", facts.name, facts.serial);
}

}  // namespace

Result<void> AuthorityFolder::create(const fs::path& directory, const std::string& name,
                                     std::chrono::seconds lifetime, WallTime now) {
  DK_TRY_ASSIGN(const auto keys, make_authority(name, lifetime, now));
  DK_TRY_ASSIGN(const auto revocations, make_revocation_list(keys, {}, now));
  std::error_code error;
  fs::create_directories(directory / kIssued, error);
  if (error) return fail(Errc::kIo, "cannot make {}: {}", directory.string(), error.message());
  fs::permissions(directory, fs::perms::owner_all, error);
  // The key comes last but one: with a certificate there is a whole authority.
  for (const auto* name_of : {kCertificate, kKey}) {
    if (fs::exists(directory / name_of, error)) {
      return fail(Errc::kInUse,
                  "{} holds an authority already ({}); a second one needs a folder of its own",
                  directory.string(), name_of);
    }
  }
  DK_TRY(write_file_atomic(directory / kRevocations, std::as_bytes(std::span(revocations))));
  DK_TRY(write_new_file(directory / kKey, keys.key, false));
  DK_TRY(write_file_atomic(directory / kCertificate, std::as_bytes(std::span(keys.certificate))));
  return {};
}

Result<AuthorityFolder> AuthorityFolder::open(const fs::path& directory) {
  std::error_code error;
  if (!fs::exists(directory / kCertificate, error)) {
    return fail(Errc::kNotFound,
                "{} holds no certificate authority; `dk-node certs init --certs {}` makes one",
                directory.string(), directory.string());
  }
  const int lock =
      ::open((directory / kLock).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (lock < 0)
    return fail(Errc::kIo, "{}: {}", (directory / kLock).string(), std::strerror(errno));
  AuthorityFolder authority(directory, lock);
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0)
    return fail(Errc::kInUse, "{} is being changed by another process", directory.string());
  if (auto sound = authority.read(); !sound) return fail_in(directory.string(), sound.error());
  return authority;
}

AuthorityFolder::AuthorityFolder(AuthorityFolder&& other) noexcept
    : directory_(std::move(other.directory_)),
      lock_(std::exchange(other.lock_, -1)),
      keys_(std::move(other.keys_)),
      facts_(std::move(other.facts_)),
      revocations_(std::move(other.revocations_)),
      revoked_(std::move(other.revoked_)) {}

AuthorityFolder::~AuthorityFolder() {
  if (lock_ >= 0) ::close(lock_);
}

Result<void> AuthorityFolder::read() {
  DK_TRY_ASSIGN(keys_.certificate, read_file(directory_ / kCertificate));
  DK_TRY_ASSIGN(keys_.key, read_file(directory_ / kKey));
  DK_TRY_ASSIGN(facts_, facts_of(keys_.certificate, kCertificate));
  DK_TRY_ASSIGN(revocations_, read_file(directory_ / kRevocations));
  DK_TRY_ASSIGN(revoked_, read_revocation_list(revocations_, keys_.certificate, kRevocations));
  return {};
}

Result<Bundle> AuthorityFolder::issue(const CertificateRequest& request) {
  DK_TRY_ASSIGN(auto pair, issue_certificate(keys_, request));
  Bundle bundle{keys_.certificate, std::move(pair.certificate), std::move(pair.key), revocations_};
  DK_TRY_ASSIGN(bundle.facts, facts_of(bundle.certificate, "the new certificate"));
  bundle.identity = {request.name, request.role};
  // Known before it is anywhere else: what is not known cannot be revoked.
  DK_TRY(write_file_atomic(issued_file(directory_, bundle.facts),
                           std::as_bytes(std::span(bundle.certificate))));
  return bundle;
}

Result<std::vector<CertificateFacts>> AuthorityFolder::issued_to(const std::string& name) const {
  std::vector<CertificateFacts> issued;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory_ / kIssued, error)) {
    if (entry.path().extension() != ".pem") continue;
    DK_TRY_ASSIGN(const auto text, read_file(entry.path()));
    DK_TRY_ASSIGN(auto facts, facts_of(text, entry.path().string()));
    if (facts.name == name) issued.push_back(std::move(facts));
  }
  if (error) return fail(Errc::kIo, "{}: {}", (directory_ / kIssued).string(), error.message());
  return issued;
}

Result<std::vector<CertificateFacts>> AuthorityFolder::revoke(const std::string& name,
                                                              const std::string& serial,
                                                              WallTime now) {
  DK_TRY_ASSIGN(auto issued, issued_to(name));
  if (!serial.empty())
    std::erase_if(issued, [&](const CertificateFacts& facts) { return facts.serial != serial; });
  if (issued.empty()) {
    return fail(Errc::kNotFound, "{}: nothing was issued to '{}'{}", directory_.string(), name,
                serial.empty() ? "" : " under the serial number " + serial);
  }
  std::erase_if(issued, [&](const CertificateFacts& facts) {
    return std::ranges::find(revoked_, facts.serial, &Revocation::serial) != revoked_.end();
  });
  auto revoked = revoked_;
  for (const auto& facts : issued) revoked.push_back({facts.serial, now});
  DK_TRY_ASSIGN(auto list, make_revocation_list(keys_, revoked, now));
  DK_TRY(write_file_atomic(directory_ / kRevocations, std::as_bytes(std::span(list))));
  revoked_ = std::move(revoked);
  revocations_ = std::move(list);
  return issued;
}

}  // namespace dk::security
