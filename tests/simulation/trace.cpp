// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/simulation/trace.hpp"

#include "base/checksum.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <array>

namespace dk::simulation {
namespace {

constexpr std::size_t kLineLength = 400;

/// Heartbeats and retries that say nothing.
bool is_tick(const caf::mailbox_element& message) {
  const auto& content = message.content();
  return content.match_elements<tick_atom>() || content.match_elements<attach_atom>() ||
         content.match_elements<shard_atom, std::string>();
}

/// What its text leaves out.
std::span<const float> floats_of(const caf::mailbox_element& message) {
  const auto& content = message.content();
  if (content.match_elements<exchange_atom, ExchangePart>())
    return content.get_as<ExchangePart>(1).values.span();
  if (content.match_elements<ExchangedPart>())
    return content.get_as<ExchangedPart>(0).values.span();
  if (content.match_elements<fill_atom, ReplicaPiece>())
    return content.get_as<ReplicaPiece>(1).floats.span();
  if (content.match_elements<put_atom, Chunk>()) return content.get_as<Chunk>(1).values.span();
  return {};
}

/// Entries have records in them, with times of the wall clock: their positions will do.
std::string content_of(const caf::mailbox_element& message) {
  const auto& content = message.content();
  if (!content.match_elements<elect_atom, CandidateMail>())
    return caf::to_string(message.copy_content_to_message());
  auto mail = content.get_as<CandidateMail>(1);
  for (auto& entry : mail.message.entries) entry.change.clear();
  mail.message.text = fmt::format("{} bytes", mail.message.text.empty() ? "no" : "some");
  return fmt::format("('elect', {} {})", static_cast<int>(mail.message.kind),
                     caf::to_string(caf::make_message(mail)));
}

}  // namespace

Trace::Trace(test::DeterministicSystem& system, const test::SimulatedNetwork& network)
    : system_(system), network_(network), start_(system.now()) {
  hide(caf::to_string(system->node()));
}

void Trace::mix(std::span<const std::byte> bytes) {
  const std::array parts{fingerprint_, checksum(bytes)};
  fingerprint_ = checksum(std::as_bytes(std::span(parts)));
}

std::string Trace::text_of(const test::Passage& passage) const {
  if (passage.message == nullptr) return {};
  const auto& id = passage.message->mid;
  auto text = content_of(*passage.message);
  for (const auto& hidden : hidden_) {
    for (auto at = text.find(hidden); at != std::string::npos; at = text.find(hidden, at))
      text.replace(at, hidden.size(), "here");
  }
  if (id.is_request()) text += fmt::format(" #{}", id.request_id().integer_value());
  if (id.is_response()) text = fmt::format("answer #{} {}", id.request_id().integer_value(), text);
  return text;
}

void Trace::add(const test::Passage& passage) {
  if (passage.message != nullptr) mix(std::as_bytes(floats_of(*passage.message)));
  note(fmt::format("{} -> {} [{}] {}: {}", network_.name_of(passage.from),
                   network_.name_of(passage.to), passage.receiver, passage.fate, text_of(passage)),
       passage.message == nullptr || !is_tick(*passage.message));
}

void Trace::add(const std::string& line) {
  note(line, true);
}

void Trace::note(const std::string& line, bool kept) {
  const auto now = system_.now() - start_;
  const auto nanoseconds = now.count();
  mix(std::as_bytes(std::span(&nanoseconds, 1)));
  mix(std::as_bytes(std::span(line)));
  if (!kept) return;
  const std::chrono::duration<double> time = now;
  lines_.push_back(fmt::format("{:10.4f} {}{}", time.count(), line.substr(0, kLineLength),
                               line.size() > kLineLength ? "..." : ""));
  if (lines_.size() > kLines) lines_.pop_front();
}

}  // namespace dk::simulation
