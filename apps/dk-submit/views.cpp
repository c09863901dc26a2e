// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/logic/curve.hpp"
#include "apps/dk-submit/format.hpp"
#include "apps/dk-submit/render.hpp"
#include "apps/dk-submit/sparkline.hpp"
#include "apps/dk-submit/view.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <optional>
#include <string_view>

namespace dk::submit {
namespace {

using nlohmann::json;

/// The hour, minute and second of the event's time.
std::string clock_of(const json& event) {
  const std::string time = text(event, "time");
  return time.size() >= 19 ? time.substr(11, 8) : "--:--:--";
}

/// Tells how far it is; the next one replaces it.
bool is_progress(const json& event) {
  const auto kind = text(event, "event");
  return kind == "progress" || kind == "evaluating";
}

class TerminalView : public View {
 public:
  TerminalView(std::ostream& out, std::function<std::size_t()> width)
      : out_(out), width_(std::move(width)) {}
  ~TerminalView() override { out_ << kClear << std::flush; }

  void event(const std::string& line) override {
    const json parsed = json::parse(line, nullptr, false);
    if (is_progress(parsed)) {
      if (const auto loss = number(parsed, "loss")) losses_.add(*loss);
      bar_ = bar(parsed, width_());
      return print({});
    }
    if (is_last(parsed)) {
      bar_.clear();
      return print(coloured(render_summary(parsed), tone_of(parsed)));
    }
    print(clock_of(parsed) + " " + coloured(render_event(parsed), tone_of(parsed)) + "\n");
  }
  void notice(const std::string& text) override {
    print(coloured(printable(text), Tone::kWarning) + "\n");
  }

 private:
  static constexpr const char* kClear = "\r\x1b[2K";
  static constexpr std::size_t kWide = 120;
  static constexpr std::size_t kCurve = 20;

  /// With a curve of the loss where there is room.
  std::string bar(const json& progress, std::size_t width) const {
    if (width < kWide) return render_bar(progress, width > 0 ? width - 1 : 0);
    return render_bar(progress, width - kCurve - 3) + "  " +
           sparkline(losses_.points(kCurve), utf8_);
  }

  void print(const std::string& above) { out_ << kClear << above << bar_ << std::flush; }

  std::ostream& out_;
  std::function<std::size_t()> width_;
  Curve losses_;
  bool utf8_ = terminal_has_utf8();
  std::string bar_;
};

class PlainView : public View {
 public:
  PlainView(std::ostream& out, Now now) : out_(out), now_(std::move(now)) {}

  void event(const std::string& line) override {
    const json parsed = json::parse(line, nullptr, false);
    if (is_progress(parsed) && !progress_is_due()) return;
    if (is_last(parsed)) {
      out_ << render_summary(parsed) << std::flush;
    } else {
      out_ << clock_of(parsed) << " " << render_event(parsed) << std::endl;
    }
  }
  void notice(const std::string& text) override { out_ << printable(text) << std::endl; }

 private:
  bool progress_is_due() {
    constexpr std::chrono::seconds kPause{5};
    const auto now = now_();
    if (last_progress_ && now - *last_progress_ < kPause) return false;
    last_progress_ = now;
    return true;
  }

  std::ostream& out_;
  Now now_;
  std::optional<std::chrono::steady_clock::time_point> last_progress_;
};

class JsonView : public View {
 public:
  JsonView(std::ostream& out, std::ostream& notices) : out_(out), notices_(notices) {}
  void event(const std::string& line) override { out_ << line << std::endl; }
  void notice(const std::string& text) override { notices_ << text << std::endl; }

 private:
  std::ostream& out_;
  std::ostream& notices_;
};

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

}  // namespace

std::unique_ptr<View> make_terminal_view(std::ostream& out, std::function<std::size_t()> width) {
  return std::make_unique<TerminalView>(out, std::move(width));
}

std::unique_ptr<View> make_plain_view(std::ostream& out, Now now) {
  return std::make_unique<PlainView>(out, std::move(now));
}

std::unique_ptr<View> make_json_view(std::ostream& out, std::ostream& notices) {
  return std::make_unique<JsonView>(out, notices);
}

std::unique_ptr<View> make_view(bool json) {
  if (json) return make_json_view(std::cout, std::cerr);
  const char* terminal = std::getenv("TERM");
  const bool capable = terminal != nullptr && std::string_view(terminal) != "dumb";
  if (capable && ::isatty(STDOUT_FILENO) == 1) return make_terminal_view(std::cout, terminal_width);
  return make_plain_view(std::cout, [] { return std::chrono::steady_clock::now(); });
}

}  // namespace dk::submit
