// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/errc.hpp"

namespace dk {

std::string to_string(Errc code) {
  switch (code) {
    case Errc::kNone:
      return "none";
    case Errc::kInvalid:
      return "invalid";
    case Errc::kNotFound:
      return "not_found";
    case Errc::kCorrupt:
      return "corrupt";
    case Errc::kIo:
      return "io";
    case Errc::kStaleIncarnation:
      return "stale_incarnation";
    case Errc::kInUse:
      return "in_use";
    case Errc::kUnavailable:
      return "unavailable";
    case Errc::kCancelled:
      return "cancelled";
    case Errc::kInternal:
      return "internal";
  }
  return "unknown";
}

}  // namespace dk
