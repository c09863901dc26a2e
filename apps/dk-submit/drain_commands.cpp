// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/api_error.hpp"
#include "apps/dk-submit/command.hpp"
#include "apps/dk-submit/interrupt.hpp"
#include "apps/dk-submit/open_gateway.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>

namespace dk::submit {
namespace {

using nlohmann::json;

constexpr std::chrono::milliseconds kLookEvery{250};

struct DrainOptions {
  std::string node;
  std::uint32_t timeout_seconds = 300;
  bool no_wait = false;
};

Result<void> check_name(const std::string& node) {
  if (!node.empty() && node.find_first_of("/?#%") == std::string::npos) return {};
  return fail(Errc::kInvalid, "'{}' is no node's name; `dk-submit nodes` lists them", node);
}

/// As `nodes` tells it; null when it is not there.
Result<json> find_node(Gateway& gateway, const std::string& name) {
  DK_TRY_ASSIGN(const auto nodes, gateway.nodes());
  for (const auto& node : nodes) {
    if (node.is_object() && node.value("name", "") == name) return node;
  }
  return json();
}

void tell(const Globals& globals, const std::string& node, const std::string& state,
          const std::string& words) {
  if (globals.json) {
    std::cout << api::to_line({{"name", node}, {"state", state}}) << std::endl;
  } else {
    std::cout << fmt::format("node {} {}", node, words) << std::endl;
  }
}

Result<int> drain(const DrainOptions& options, const Globals& globals) {
  DK_TRY(check_name(options.node));
  DK_TRY_ASSIGN(const auto session, open_remote(globals));
  DK_TRY(session->gateway().drain(options.node, true));
  if (options.no_wait) {
    tell(globals, options.node, "draining", "is being drained");
    return kFinished;
  }
  const Interrupt interrupt;
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::seconds(options.timeout_seconds);
  while (!interrupt.raised()) {
    DK_TRY_ASSIGN(const auto node, find_node(session->gateway(), options.node));
    const auto state = node.is_object() ? node.value("state", "lost") : "lost";
    if (state == "drained") {
      tell(globals, options.node, state, "is drained: nothing runs there any more");
      return kFinished;
    }
    if (state == "lost") {
      return fail(Errc::kUnavailable, "node {} was lost before it was empty", options.node);
    }
    if (state == "alive") {
      return fail(Errc::kCancelled, "node {} is used again: somebody undrained it", options.node);
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      return fail(Errc::kUnavailable,
                  "node {} is not empty after {} s; it stays draining (dk-submit undrain {} takes "
                  "that back)",
                  options.node, options.timeout_seconds, options.node);
    }
    interrupt.wait(kLookEvery);
  }
  return kInterrupted;
}

Result<int> undrain(const std::string& node, const Globals& globals) {
  DK_TRY(check_name(node));
  DK_TRY_ASSIGN(const auto session, open_remote(globals));
  DK_TRY(session->gateway().drain(node, false));
  tell(globals, node, "alive", "is used again");
  return kFinished;
}

int exit_code(const Result<int>& code, const Globals& globals) {
  return code ? *code : report(code.error(), globals.json);
}

}  // namespace

void add_drain_commands(CLI::App& app, const Globals& globals, Action& chosen) {
  const auto options = std::make_shared<DrainOptions>();
  CLI::App* command =
      add_command(app, "drain", "Move everything off a machine and place nothing there any more",
                  "dk-submit drain node-3 --timeout 60");
  command->add_option("NODE", options->node, "The machine's name")->required()->type_name("");
  command->add_option("--timeout", options->timeout_seconds, "Seconds to wait until it is empty")
      ->check(CLI::Range(1U, 86400U))
      ->capture_default_str();
  command->add_flag("--no-wait", options->no_wait, "Return at once");
  command->callback([options, &globals, &chosen] {
    chosen = [options, &globals] { return exit_code(drain(*options, globals), globals); };
  });

  const auto node = std::make_shared<std::string>();
  command = add_command(app, "undrain", "Use a drained machine again", "dk-submit undrain node-3");
  command->add_option("NODE", *node, "The machine's name")->required()->type_name("");
  command->callback([node, &globals, &chosen] {
    chosen = [node, &globals] { return exit_code(undrain(*node, globals), globals); };
  });
}

}  // namespace dk::submit
