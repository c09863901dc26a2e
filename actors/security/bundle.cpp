// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/security/bundle.hpp"

#include "actors/security/openssl.hpp"
#include "base/files.hpp"

#include <fcntl.h>
#include <openssl/x509_vfy.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace dk::security {
namespace {

namespace fs = std::filesystem;
using Check = std::unique_ptr<X509_STORE_CTX, FreeWith<X509_STORE_CTX_free>>;

constexpr std::size_t kLongestFile = std::size_t{4} << 20;

Result<std::string> read_part(const fs::path& directory, const char* name) {
  auto text = read_file(directory / name, kLongestFile);
  if (text || text.error().code != Errc::kNotFound) return text;
  return fail(Errc::kNotFound,
              "{} is no bundle of certificates: it has no {}; `dk-node certs issue NAME --certs "
              "DIR --host HOST --out BUNDLE` makes one",
              directory.string(), name);
}

/// Signature, dates and revocation.
Result<void> check_signature(const Bundle& bundle, WallTime now) {
  DK_TRY_ASSIGN(const auto certificate,
                certificate_from_pem(bundle.certificate, BundleFiles::kCertificate));
  DK_TRY_ASSIGN(const auto key, key_from_pem(bundle.key, BundleFiles::kKey));
  if (::X509_check_private_key(certificate.get(), key.get()) != 1) {
    static_cast<void>(last_openssl_error());
    return fail(Errc::kInvalid, "{} does not belong to {}", BundleFiles::kKey,
                BundleFiles::kCertificate);
  }
  DK_TRY_ASSIGN(const auto authority,
                certificate_from_pem(bundle.authority, BundleFiles::kAuthority));
  const Store store(::X509_STORE_new());
  ::X509_STORE_add_cert(store.get(), authority.get());
  if (!bundle.revocations.empty()) {
    DK_TRY_ASSIGN(const auto list,
                  revocations_from_pem(bundle.revocations, BundleFiles::kRevocations));
    ::X509_STORE_add_crl(store.get(), list.get());
    ::X509_STORE_set_flags(store.get(), X509_V_FLAG_CRL_CHECK);
  }
  const Check check(::X509_STORE_CTX_new());
  ::X509_STORE_CTX_init(check.get(), store.get(), certificate.get(), nullptr);
  ::X509_STORE_CTX_set_time(check.get(), 0, WallClock::to_time_t(now));
  if (::X509_verify_cert(check.get()) == 1) return {};
  const auto code = ::X509_STORE_CTX_get_error(check.get());
  static_cast<void>(last_openssl_error());
  return fail(Errc::kInvalid,
              "the certificate of '{}' (valid from {} to {}) is not accepted: {}; issue a new one "
              "with `dk-node certs issue`",
              bundle.facts.name, iso_time(bundle.facts.not_before),
              iso_time(bundle.facts.not_after), ::X509_verify_cert_error_string(code));
}

Result<void> sync_directory(const fs::path& directory) {
  const int open = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = open >= 0 && ::fsync(open) == 0;
  const int code = errno;
  if (open >= 0) ::close(open);
  if (synced) return {};
  return fail(Errc::kIo, "{}: cannot sync: {}", directory.string(), std::strerror(code));
}

Result<void> write_parts(const fs::path& directory, const Bundle& bundle) {
  DK_TRY(write_new_file(directory / BundleFiles::kAuthority, bundle.authority, true));
  DK_TRY(write_new_file(directory / BundleFiles::kCertificate, bundle.certificate, true));
  DK_TRY(write_new_file(directory / BundleFiles::kKey, bundle.key, false));
  if (!bundle.revocations.empty())
    DK_TRY(write_new_file(directory / BundleFiles::kRevocations, bundle.revocations, true));
  return sync_directory(directory);
}

}  // namespace

Result<void> check_is_private(const fs::path& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0)
    return fail(Errc::kIo, "{}: {}", file.string(), std::strerror(errno));
  if ((info.st_mode & (S_IRWXO | S_IWGRP)) == 0) return {};
  return fail(Errc::kInvalid, "{} is open to others (mode {:04o}); `chmod 600 {}` mends it",
              file.string(), info.st_mode & 07777U, file.string());
}

Result<Bundle> read_bundle(const fs::path& directory, WallTime now) {
  Bundle bundle;
  DK_TRY_ASSIGN(bundle.authority, read_part(directory, BundleFiles::kAuthority));
  DK_TRY_ASSIGN(bundle.certificate, read_part(directory, BundleFiles::kCertificate));
  DK_TRY_ASSIGN(bundle.key, read_part(directory, BundleFiles::kKey));
  DK_TRY(check_is_private(directory / BundleFiles::kKey));
  auto revocations = read_part(directory, BundleFiles::kRevocations);
  if (!revocations && revocations.error().code != Errc::kNotFound) return fail(revocations.error());
  bundle.revocations = std::move(revocations).value_or("");
  const auto in = [&](const Error& error) { return fail_in(directory.string(), error); };
  auto facts = facts_of(bundle.certificate, BundleFiles::kCertificate);
  if (!facts) return in(facts.error());
  bundle.facts = std::move(*facts);
  auto identity = identity_of(bundle.facts);
  if (!identity) return in(identity.error());
  bundle.identity = std::move(*identity);
  if (auto sound = check_signature(bundle, now); !sound) return in(sound.error());
  return bundle;
}

Result<void> check_new_folder(const fs::path& directory) {
  std::error_code error;
  if (!fs::exists(directory, error) || fs::is_empty(directory, error)) return {};
  return fail(Errc::kInUse,
              "{} is there already; nothing is ever written over a key: name a new folder",
              directory.string());
}

Result<void> write_bundle(const fs::path& directory, const Bundle& bundle) {
  DK_TRY(check_new_folder(directory));
  std::error_code error;
  auto target = fs::absolute(directory, error).lexically_normal();
  if (!target.has_filename()) target = target.parent_path();
  fs::create_directories(target.parent_path(), error);
  std::string temporary = target.string() + ".XXXXXX";
  if (::mkdtemp(temporary.data()) == nullptr)
    return fail(Errc::kIo, "cannot make {}: {}", temporary, std::strerror(errno));
  auto written = write_parts(temporary, bundle);
  if (written && ::rename(temporary.c_str(), target.c_str()) != 0)
    written = fail(Errc::kIo, "cannot make {}: {}", directory.string(), std::strerror(errno));
  if (written) return sync_directory(target.parent_path());
  fs::remove_all(temporary, error);
  return written;
}

Result<void> write_new_file(const fs::path& path, std::string_view text, bool everybody) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                          everybody ? S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH : S_IRUSR | S_IWUSR);
  if (file < 0) {
    return fail(errno == EEXIST ? Errc::kInUse : Errc::kIo, "cannot make {}: {}", path.string(),
                std::strerror(errno));
  }
  const bool whole = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                     ::fsync(file) == 0;
  const int code = errno;
  ::close(file);
  if (whole) return {};
  return fail(Errc::kIo, "cannot write {}: {}", path.string(), std::strerror(code));
}

std::string how_to_make_bundles(const std::string& name, const std::string& host) {
  return fmt::format(
      "  dk-node certs init --certs authority\n"
      "  dk-node certs issue {0} --certs authority --host {1} --out {0}-certs\n"
      "  dk-node ... --certs {0}-certs",
      name, host);
}

}  // namespace dk::security
