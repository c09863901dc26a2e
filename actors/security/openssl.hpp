// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.hpp"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

/// libcrypto's objects with owners, and the way from PEM text to them and back. Only
/// actors/security and what speaks TLS include this.
namespace dk::security {

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

using Key = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;
using RevocationList = std::unique_ptr<X509_CRL, FreeWith<X509_CRL_free>>;
using Store = std::unique_ptr<X509_STORE, FreeWith<X509_STORE_free>>;
using Context = std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, FreeWith<SSL_free>>;
using Memory = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;

/// Why the library's last call on this thread failed, in its words; empties its queue of errors.
[[nodiscard]] std::string last_openssl_error();

/// kInvalid: `what` names it, such as the file.
[[nodiscard]] Result<Certificate> certificate_from_pem(std::string_view pem, std::string_view what);
[[nodiscard]] Result<Key> key_from_pem(std::string_view pem, std::string_view what);
[[nodiscard]] Result<RevocationList> revocations_from_pem(std::string_view pem,
                                                          std::string_view what);

[[nodiscard]] std::string to_pem(X509& certificate);
[[nodiscard]] std::string to_pem(EVP_PKEY& key);
[[nodiscard]] std::string to_pem(X509_CRL& revocations);

}  // namespace dk::security
