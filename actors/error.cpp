// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/error.hpp"

#include <caf/deep_to_string.hpp>
#include <caf/exit_reason.hpp>
#include <caf/message.hpp>
#include <caf/sec.hpp>

namespace dk {
namespace {

std::string describe(const caf::error& error) {
  if (error.category() == caf::atom("system")) {
    return to_string(static_cast<caf::sec>(error.code()));
  }
  if (error.category() == caf::atom("exit")) {
    return to_string(static_cast<caf::exit_reason>(error.code()));
  }
  return caf::deep_to_string(error.category()) + " " + std::to_string(error.code());
}

bool peer_is_gone(const caf::error& error) {
  if (error.category() == caf::atom("exit")) return true;
  if (error.category() != caf::atom("system")) return false;
  switch (static_cast<caf::sec>(error.code())) {
    case caf::sec::request_timeout:
    case caf::sec::request_receiver_down:
    case caf::sec::cannot_connect_to_node:
    case caf::sec::disconnect_during_handshake:
    case caf::sec::remote_linking_failed:
    case caf::sec::no_route_to_receiving_node:
      return true;
    default:
      return false;
  }
}

}  // namespace

caf::error to_caf(const Error& error) {
  return caf::make_error(error.code, error.message);
}

Error from_caf(const caf::error& error) {
  // An actor that ended without an error says so with an empty one.
  if (!error) return {Errc::kNone, "ended"};
  if (error.category() == caf::atom("dk")) {
    const auto& context = error.context();
    std::string message = context.size() == 1 && context.match_element<std::string>(0)
                              ? context.get_as<std::string>(0)
                              : std::string("no message");
    return {static_cast<Errc>(error.code()), std::move(message)};
  }
  return {peer_is_gone(error) ? Errc::kUnavailable : Errc::kInternal, describe(error)};
}

}  // namespace dk
