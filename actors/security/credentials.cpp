// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/security/credentials.hpp"

#include <arpa/inet.h>
#include <openssl/x509_vfy.h>
#include <sys/stat.h>

#include <csignal>

namespace dk::security {
namespace {

using std::chrono::hours;
using Check = std::unique_ptr<X509_STORE_CTX, FreeWith<X509_STORE_CTX_free>>;

constexpr hours kSoon{24 * 30};
constexpr hours kWarnEvery{24};
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

/// A user's certificate, though good, opens no connection between nodes.
int only_nodes(int good, X509_STORE_CTX* check) {
  if (good != 1 || ::X509_STORE_CTX_get_error_depth(check) != 0) return good;
  const auto identity = identity_of(facts_of(*::X509_STORE_CTX_get_current_cert(check)));
  if (identity && identity->role == Role::kNode) return 1;
  ::X509_STORE_CTX_set_error(check, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

Result<Store> make_store(const Bundle& bundle) {
  Store store(::X509_STORE_new());
  DK_TRY_ASSIGN(const auto authority,
                certificate_from_pem(bundle.authority, BundleFiles::kAuthority));
  ::X509_STORE_add_cert(store.get(), authority.get());
  if (bundle.revocations.empty()) return store;
  DK_TRY_ASSIGN(const auto list,
                revocations_from_pem(bundle.revocations, BundleFiles::kRevocations));
  ::X509_STORE_add_crl(store.get(), list.get());
  ::X509_STORE_set_flags(store.get(), X509_V_FLAG_CRL_CHECK);
  return store;
}

Result<Context> make_context(const Bundle& bundle) {
  Context context(::SSL_CTX_new(::TLS_method()));
  DK_TRY_ASSIGN(const auto certificate,
                certificate_from_pem(bundle.certificate, BundleFiles::kCertificate));
  DK_TRY_ASSIGN(const auto key, key_from_pem(bundle.key, BundleFiles::kKey));
  DK_TRY_ASSIGN(auto store, make_store(bundle));
  if (!context || ::SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1 ||
      ::SSL_CTX_set_cipher_list(context.get(), kCiphers) != 1 ||
      ::SSL_CTX_use_certificate(context.get(), certificate.get()) != 1 ||
      ::SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1) {
    return fail(Errc::kInternal, "cannot set TLS up: {}", last_openssl_error());
  }
  ::SSL_CTX_set_cert_store(context.get(), store.release());
  ::SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  // The protocols inside know where a message ends: an end without a farewell is an end.
  ::SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
                                           SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  ::SSL_CTX_set_num_tickets(context.get(), 0);
  ::SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                        SSL_MODE_RELEASE_BUFFERS);
  return context;
}

bool set_host(SSL& session, const std::string& host) {
  in6_addr address{};
  const bool numeric = ::inet_pton(AF_INET, host.c_str(), &address) == 1 ||
                       ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
  if (numeric)
    return ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(&session), host.c_str()) == 1;
  return ::SSL_set_tlsext_host_name(&session, host.c_str()) == 1 &&
         ::SSL_set1_host(&session, host.c_str()) == 1;
}

}  // namespace

struct Credentials::Loaded {
  Bundle bundle;
  Context context;
  Store store;
};

Credentials::Credentials(std::filesystem::path directory, Warn warn)
    : directory_(std::move(directory)), warn_(std::move(warn)) {}

Result<std::shared_ptr<Credentials>> Credentials::open(const std::filesystem::path& directory,
                                                       Warn warn) {
  std::signal(SIGPIPE, SIG_IGN);
  std::error_code error;
  std::shared_ptr<Credentials> credentials(
      new Credentials(std::filesystem::absolute(directory, error), std::move(warn)));
  credentials->seen_ = credentials->fingerprint();
  DK_TRY(credentials->load(WallClock::now()));
  return credentials;
}

Result<void> Credentials::load(WallTime now) {
  auto loaded = std::make_shared<Loaded>();
  DK_TRY_ASSIGN(loaded->bundle, read_bundle(directory_, now));
  DK_TRY_ASSIGN(loaded->context, make_context(loaded->bundle));
  DK_TRY_ASSIGN(loaded->store, make_store(loaded->bundle));
  const std::lock_guard lock(mutex_);
  loaded_ = std::move(loaded);
  warned_ = {};
  ++generation_;
  return {};
}

std::shared_ptr<const Credentials::Loaded> Credentials::loaded() const {
  const std::lock_guard lock(mutex_);
  return loaded_;
}

Identity Credentials::identity() const {
  return loaded()->bundle.identity;
}

WallTime Credentials::expires() const {
  return loaded()->bundle.facts.not_after;
}

std::string Credentials::fingerprint() const {
  std::string text;
  for (const auto* name : {BundleFiles::kAuthority, BundleFiles::kCertificate, BundleFiles::kKey,
                           BundleFiles::kRevocations}) {
    struct stat info {};
    if (::stat((directory_ / name).c_str(), &info) != 0) info = {};
    text += fmt::format("{}:{}:{}.{};", info.st_ino, info.st_size, info.st_mtim.tv_sec,
                        info.st_mtim.tv_nsec);
  }
  return text;
}

void Credentials::refresh() {
  const auto now = WallClock::now();
  auto seen = fingerprint();
  bool changed = false;
  bool soon = false;
  {
    const std::lock_guard lock(mutex_);
    changed = seen != seen_;
    seen_ = std::move(seen);
    soon = loaded_->bundle.facts.not_after - now < kSoon && now - warned_ > kWarnEvery;
    if (soon) warned_ = now;
  }
  if (changed) {
    const auto read = load(now);
    warn_(read ? fmt::format("{}: the certificates have been read again", directory_.string())
               : fmt::format("{}; the certificates before it stay in use", read.error().message));
  } else if (soon) {
    warn_(fmt::format(
        "{}: the certificate of '{}' ends {} (in {}); `dk-node certs issue` makes a "
        "new one",
        directory_.string(), identity().name, iso_time(expires()), time_left(expires(), now)));
  }
}

Result<Session> Credentials::session(Peer peer, int socket, const std::string& host) const {
  const auto current = loaded();
  Session session(::SSL_new(current->context.get()));
  const bool made = session && ::SSL_set_fd(session.get(), socket) == 1 &&
                    (host.empty() || set_host(*session, host));
  if (!made) return fail(Errc::kInternal, "cannot begin a TLS session: {}", last_openssl_error());
  if (peer == Peer::kAnyone) {
    ::SSL_set_verify(session.get(), SSL_VERIFY_PEER, nullptr);
  } else {
    ::SSL_set_verify(session.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, only_nodes);
  }
  return session;
}

Result<void> Credentials::check(X509& certificate) const {
  const auto current = loaded();
  const Check check(::X509_STORE_CTX_new());
  ::X509_STORE_CTX_init(check.get(), current->store.get(), &certificate, nullptr);
  if (::X509_verify_cert(check.get()) == 1) return {};
  const auto* why = ::X509_verify_cert_error_string(::X509_STORE_CTX_get_error(check.get()));
  static_cast<void>(last_openssl_error());
  return fail(Errc::kInvalid, "{}", why);
}

Result<Identity> peer_of(const SSL& session) {
  const Certificate certificate(::SSL_get1_peer_certificate(&session));
  if (!certificate) return fail(Errc::kInvalid, "it shows no certificate");
  return identity_of(facts_of(*certificate));
}

std::string handshake_failure(const SSL& session) {
  const auto result = ::SSL_get_verify_result(&session);
  auto why = last_openssl_error();
  if (result == X509_V_ERR_APPLICATION_VERIFICATION) return "its certificate is not a node's";
  if (result != X509_V_OK) return ::X509_verify_cert_error_string(result);
  return why;
}

}  // namespace dk::security
