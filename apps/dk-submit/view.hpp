// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>

namespace dk::submit {

/// How a job that is being followed is shown. One thread.
class View {
 public:
  virtual ~View() = default;

  /// One event as the supervisor wrote it: a JSON object in one line, possibly of an unknown kind.
  virtual void event(const std::string& line) = 0;
  /// Something that is not from the job: the supervisor is away, the job is being cancelled.
  virtual void notice(const std::string& text) = 0;
};

using Now = std::function<std::chrono::steady_clock::time_point()>;

/// A bar that stays in place; events in colour above it, and a summary at the end. Leaves the
/// terminal clean when it is destroyed. `width` is asked before every bar.
std::unique_ptr<View> make_terminal_view(std::ostream& out, std::function<std::size_t()> width);
/// One line per event, progress at most every five seconds, a summary at the end.
std::unique_ptr<View> make_plain_view(std::ostream& out, Now now);
/// The events as they are; notices go to `notices`.
std::unique_ptr<View> make_json_view(std::ostream& out, std::ostream& notices);

/// The one that fits standard output.
std::unique_ptr<View> make_view(bool json);

}  // namespace dk::submit
