// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace dk {

/// What went wrong, as far as a caller acts on it. A code exists only if some caller branches on
/// it; everything else is told by the message. The numbers travel on the wire and stand in stores:
/// never renumber.
enum class Errc : std::uint8_t {
  kNone = 0,
  /// The request or file is wrong and stays wrong: tell the user, exit code 2.
  kInvalid = 1,
  /// What was asked for does not exist.
  kNotFound = 2,
  /// Bytes do not match their checksum or format: refuse them by name, use an older copy.
  kCorrupt = 3,
  /// The operating system refused: disk, socket, process.
  kIo = 4,
  /// The sender has been replaced by a newer incarnation: it ends itself.
  kStaleIncarnation = 5,
  /// Owned by somebody else at the moment: a port, a data directory.
  kInUse = 6,
  /// A peer did not answer in time or is gone: try again or elsewhere.
  kUnavailable = 7,
  /// Stopped on request.
  kCancelled = 8,
  /// A bug of ours, or of a library, that did not have to end the process.
  kInternal = 9,
};

/// The code's name in snake_case, as shown in logs and JSON.
[[nodiscard]] std::string to_string(Errc code);

}  // namespace dk
