// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/security/openssl.hpp"

#include "base/check.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <limits>

namespace dk::security {
namespace {

Memory reading(std::string_view text) {
  return Memory(::BIO_new_mem_buf(text.data(), static_cast<int>(std::min<std::size_t>(
                                                   text.size(), std::numeric_limits<int>::max()))));
}

/// A key that is locked with a passphrase is refused: no one sits at a daemon to type it.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

template <class Owner, class Read>
Result<Owner> parse(std::string_view pem, std::string_view what, const char* kind, Read read) {
  const auto text = reading(pem);
  Owner object(read(text.get(), nullptr, no_passphrase, nullptr));
  if (object) return object;
  return fail(Errc::kInvalid, "{} holds no {} ({})", what, kind, last_openssl_error());
}

template <class Write>
std::string written(Write write) {
  const Memory memory(::BIO_new(::BIO_s_mem()));
  DK_CHECK(memory && write(memory.get()) == 1, "PEM text does not fit in memory");
  char* data = nullptr;
  const auto size = ::BIO_get_mem_data(memory.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

}  // namespace

std::string last_openssl_error() {
  std::string why;
  while (const auto code = ::ERR_get_error()) {
    const char* reason = ::ERR_reason_error_string(code);
    if (!why.empty()) why += ", ";
    why += reason != nullptr ? reason : fmt::format("error {:x}", code);
  }
  return why.empty() ? "no reason given" : why;
}

Result<Certificate> certificate_from_pem(std::string_view pem, std::string_view what) {
  return parse<Certificate>(pem, what, "certificate", ::PEM_read_bio_X509);
}

Result<Key> key_from_pem(std::string_view pem, std::string_view what) {
  return parse<Key>(pem, what, "private key without a passphrase", ::PEM_read_bio_PrivateKey);
}

Result<RevocationList> revocations_from_pem(std::string_view pem, std::string_view what) {
  return parse<RevocationList>(pem, what, "list of revoked certificates", ::PEM_read_bio_X509_CRL);
}

std::string to_pem(X509& certificate) {
  return written([&](BIO* to) { return ::PEM_write_bio_X509(to, &certificate); });
}

std::string to_pem(EVP_PKEY& key) {
  return written([&](BIO* to) {
    return ::PEM_write_bio_PrivateKey(to, &key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

std::string to_pem(X509_CRL& revocations) {
  return written([&](BIO* to) { return ::PEM_write_bio_X509_CRL(to, &revocations); });
}

}  // namespace dk::security
