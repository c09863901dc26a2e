// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace dk {

void check_failed(const char* condition, const char* message, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: check failed: %s (%s)\n", file, line, message, condition);
  std::fflush(stderr);
  std::abort();
}

}  // namespace dk
