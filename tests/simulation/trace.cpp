// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/simulation/trace.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

namespace dk::simulation {
namespace {

constexpr std::size_t kLineLength = 300;

/// Heartbeats and retries that say nothing.
bool is_tick(const caf::mailbox_element& message) {
  const auto& content = message.content();
  return content.match_elements<tick_atom>() || content.match_elements<attach_atom>() ||
         content.match_elements<shard_atom, std::string>();
}

}  // namespace

void Trace::add(const test::Passage& passage) {
  if (passage.message != nullptr && is_tick(*passage.message)) return;
  std::string what;
  if (passage.message != nullptr) {
    what = caf::to_string(passage.message->copy_content_to_message());
    if (what.size() > kLineLength) what = what.substr(0, kLineLength) + "...";
    if (passage.message->mid.is_request())
      what += fmt::format(" #{}", passage.message->mid.request_id().integer_value());
    if (passage.message->mid.is_response())
      what = fmt::format("answer #{} {}", passage.message->mid.request_id().integer_value(), what);
  }
  add(fmt::format("{} -> {} [{}] {}: {}", network_.name_of(passage.from),
                  network_.name_of(passage.to), passage.receiver, passage.fate, what));
}

void Trace::add(const std::string& line) {
  const std::chrono::duration<double> time = system_.now() - start_;
  lines_.push_back(fmt::format("{:10.4f} {}", time.count(), line));
  if (lines_.size() > kLines) lines_.pop_front();
}

}  // namespace dk::simulation
