// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/api_error.hpp"
#include "actors/logic/curve.hpp"
#include "apps/dk-submit/command.hpp"
#include "apps/dk-submit/format.hpp"
#include "apps/dk-submit/interrupt.hpp"
#include "apps/dk-submit/open_gateway.hpp"
#include "apps/dk-submit/render_top.hpp"
#include "apps/dk-submit/sparkline.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string_view>

namespace dk::submit {
namespace {

using nlohmann::json;

/// Of one job and one look at the cluster: a follower of an old job catches up over several.
constexpr int kPagesPerLook = 20;
constexpr std::size_t kCurvePoints = 64;

struct TopOptions {
  double interval = 2;
  bool once = false;
};

/// The losses of a job's `progress` events so far.
struct Losses {
  Curve curve;
  std::uint64_t next = 0;
};

/// Looks at the cluster again and again.
class Watcher {
 public:
  explicit Watcher(Gateway& gateway) : gateway_(gateway) {}

  Result<ClusterView> look() {
    ClusterView view;
    DK_TRY_ASSIGN(view.nodes, gateway_.nodes());
    DK_TRY_ASSIGN(view.jobs, gateway_.jobs());
    for (const auto& job : view.jobs) {
      const auto state = text(job, "state");
      if (state != "queued" && state != "running" && state != "paused") continue;
      const auto id = static_cast<std::uint64_t>(number(job, "id").value_or(0));
      DK_TRY_ASSIGN(view.status[id], gateway_.status(JobId(id)));
      if (state == "queued") continue;
      DK_TRY(catch_up(JobId(id)));
      view.losses[id] = losses_[id].curve.points(kCurvePoints);
    }
    return view;
  }

 private:
  Result<void> catch_up(JobId job) {
    auto& losses = losses_[job.value];
    for (int i = 0; i < kPagesPerLook; ++i) {
      DK_TRY_ASSIGN(const auto page,
                    gateway_.events(job, losses.next, std::chrono::milliseconds(0)));
      for (const auto& line : page.events) {
        const auto event = json::parse(line, nullptr, false);
        const auto loss = number(event, "loss");
        if (text(event, "event") == "progress" && loss) losses.curve.add(*loss);
      }
      losses.next = page.next;
      if (page.events.empty()) break;
    }
    return {};
  }

  Gateway& gateway_;
  std::map<std::uint64_t, Losses> losses_;
};

TopSize terminal_size() {
  winsize size{};
  TopSize result{80, 24, terminal_has_utf8()};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
    result.width = size.ws_col;
    result.height = size.ws_row;
  }
  return result;
}

/// The terminal's other screen, without a cursor; the old one comes back.
class Screen {
 public:
  Screen() { std::cout << "\x1b[?1049h\x1b[?25l" << std::flush; }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;
  ~Screen() { std::cout << "\x1b[?25h\x1b[?1049l" << std::flush; }

  static void show(const std::vector<std::string>& lines) {
    std::string text = "\x1b[H";
    for (std::size_t i = 0; i < lines.size(); ++i)
      text += (i == 0 ? "" : "\r\n") + lines[i] + "\x1b[K";
    std::cout << text << "\x1b[J" << std::flush;
  }
};

int show_once(const ClusterView& view, bool as_json) {
  if (as_json) {
    std::cout << api::to_line(to_json(view)) << "\n";
    return kFinished;
  }
  constexpr std::size_t kAnyWidth = 1000;
  for (const auto& line : render_top(view, {kAnyWidth, 0, terminal_has_utf8()}))
    std::cout << line << "\n";
  return kFinished;
}

Result<int> top(const TopOptions& options, const Globals& globals) {
  DK_TRY_ASSIGN(const auto session, open_remote(globals));
  Watcher watcher(session->gateway());
  DK_TRY_ASSIGN(auto view, watcher.look());
  if (options.once || globals.json || ::isatty(STDOUT_FILENO) != 1)
    return show_once(view, globals.json);
  const Interrupt interrupt;
  const Screen screen;
  const auto pause = std::chrono::milliseconds(static_cast<int>(options.interval * 1000));
  while (!interrupt.raised()) {
    Screen::show(render_top(view, terminal_size()));
    interrupt.wait(pause);
    auto news = watcher.look();
    if (news) {
      view = *std::move(news);
    } else {
      view.trouble = news.error().message;
    }
  }
  return kFinished;
}

}  // namespace

void add_top_command(CLI::App& app, const Globals& globals, Action& chosen) {
  const auto options = std::make_shared<TopOptions>();
  CLI::App* command =
      add_command(app, "top", "Show the cluster, again and again: nodes, jobs, rates, losses",
                  "dk-submit top\n  dk-submit top --once --json\n\n"
                  "Ctrl-C ends it. Where standard output is no terminal it is shown once.");
  command->add_option("--interval", options->interval, "Seconds between two looks (default: 2)")
      ->check(CLI::Range(0.2, 3600.0))
      ->type_name("S");
  command->add_flag("--once", options->once, "One look and no more");
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] {
      const auto code = top(*options, globals);
      return code ? *code : report(code.error(), globals.json);
    };
  });
}

}  // namespace dk::submit
