// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/candidate_store.hpp"

#include "storage/envelope.hpp"

#include <nlohmann/json.hpp>

#include <random>

namespace dk {
namespace {

using storage::KeyValueBatch;
using storage::KeyValueWrite;

constexpr std::string_view kFactsKey = "rcandidate";
constexpr std::string_view kPortPrefix = "vport/";
constexpr std::size_t kSmallestChange = 13;
const std::string kFirstKey;
const std::string kLastKey = "\x7f";

bool is_local(std::string_view key) {
  return key.starts_with('r') || key.starts_with(kPortPrefix);
}

nlohmann::json to_json(const Candidate& candidate) {
  return {candidate.name, candidate.seat, candidate.host, candidate.port, candidate.http};
}

}  // namespace

std::string encode_changes(const KeyValueBatch& batch) {
  ByteWriter out;
  out.put(static_cast<std::uint32_t>(batch.size()));
  for (const auto& change : batch) {
    out.put(static_cast<std::uint8_t>(change.kind));
    out.put(std::string_view(change.key));
    out.put(std::string_view(change.end));
    out.put(static_cast<std::uint32_t>(change.value.size()));
    out.put_raw(change.value);
  }
  const auto bytes = out.bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Result<KeyValueBatch> decode_changes(std::string_view bytes) {
  ByteReader in(std::as_bytes(std::span(bytes)));
  KeyValueBatch batch;
  if (bytes.empty()) return batch;
  const auto count = in.get_count(kSmallestChange);
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    const auto kind = in.get<std::uint8_t>();
    KeyValueWrite change;
    change.key = in.get_string();
    change.end = in.get_string();
    const auto value = in.get_raw(in.get<std::uint32_t>());
    change.value.assign(value.begin(), value.end());
    const bool known = kind <= static_cast<std::uint8_t>(KeyValueWrite::Kind::kErase);
    if (!in.ok() || !known || change.key.empty() || is_local(change.key))
      return fail(Errc::kCorrupt, "change {} of {} from the supervisor is none", i, count);
    change.kind = static_cast<KeyValueWrite::Kind>(kind);
    batch.push_back(std::move(change));
  }
  if (!in.ok() || in.remaining() != 0)
    return fail(Errc::kCorrupt, "{} bytes of changes from the supervisor are not whole",
                bytes.size());
  return batch;
}

Result<std::unique_ptr<CandidateStore>> CandidateStore::open(
    std::shared_ptr<storage::KeyValueStore> entries, std::uint64_t first_seat) {
  auto store = std::unique_ptr<CandidateStore>(new CandidateStore(std::move(entries)));
  DK_TRY(store->read_facts());
  if (store->seat_ == 0) {
    store->seat_ = first_seat;
    DK_TRY(store->entries_->write({store->facts_write({})}));
  }
  return store;
}

std::uint64_t CandidateStore::random_seat() {
  std::random_device random;
  return (std::uint64_t{random()} << 32 | random()) | 1U;
}

Result<void> CandidateStore::read_facts() {
  const auto sealed = entries_->get(kFactsKey);
  if (!sealed && sealed.error().code == Errc::kNotFound) return {};
  if (!sealed) return fail_in("candidate's facts", sealed.error());
  const auto record = storage::unseal(storage::EnvelopeKind::kRecord, kFactsKey, *sealed);
  if (!record) return fail_in("candidate's facts", record.error());
  const auto* text = reinterpret_cast<const char*>(record->data());
  try {
    const auto json = nlohmann::json::parse(text, text + record->size());
    json.at("seat").get_to(seat_);
    json.at("term").get_to(facts_.term);
    json.at("vote").get_to(facts_.vote);
    facts_.position = {json.at("position").at(0).get<std::uint64_t>(),
                       json.at("position").at(1).get<std::uint64_t>()};
    for (const auto& entry : json.at("members")) {
      facts_.members.push_back({entry.at(0).get<std::string>(), entry.at(1).get<std::uint64_t>(),
                                entry.at(2).get<std::string>(), entry.at(3).get<std::uint16_t>(),
                                entry.at(4).get<std::string>()});
    }
  } catch (const nlohmann::json::exception& error) {
    return fail(Errc::kCorrupt, "candidate's facts: {}", error.what());
  }
  return {};
}

KeyValueWrite CandidateStore::facts_write(const ConsensusFacts& facts) const {
  nlohmann::json json{{"seat", seat_}, {"term", facts.term}, {"vote", facts.vote}};
  json["position"] = nlohmann::json::array({facts.position.term, facts.position.index});
  auto& members = json["members"] = nlohmann::json::array();
  for (const auto& member : facts.members) members.push_back(to_json(member));
  const auto text = json.dump();
  return {KeyValueWrite::Kind::kPut,
          std::string(kFactsKey),
          {},
          storage::seal(storage::EnvelopeKind::kRecord, kFactsKey, std::as_bytes(std::span(text)))};
}

Result<void> CandidateStore::write(std::span<const ConsensusEntry> entries,
                                   const ConsensusFacts& facts) {
  KeyValueBatch batch;
  for (const auto& entry : entries) {
    DK_TRY_ASSIGN(auto changes, decode_changes(entry.change));
    std::ranges::move(changes, std::back_inserter(batch));
  }
  batch.push_back(facts_write(facts));
  return entries_->write(batch);
}

Result<std::string> CandidateStore::image() {
  KeyValueBatch batch;
  DK_TRY(entries_->scan(
      kFirstKey, kLastKey, [&](std::string_view key, std::span<const std::byte> value) {
        if (is_local(key)) return true;
        batch.push_back(
            {KeyValueWrite::Kind::kPut, std::string(key), {}, Bytes(value.begin(), value.end())});
        return true;
      }));
  return encode_changes(batch);
}

Result<void> CandidateStore::replace(const std::string& image, const ConsensusFacts& facts) {
  DK_TRY_ASSIGN(auto state, decode_changes(image));
  KeyValueBatch batch;
  DK_TRY(entries_->scan(kFirstKey, kLastKey, [&](std::string_view key, auto) {
    if (!is_local(key)) batch.push_back({KeyValueWrite::Kind::kErase, std::string(key), {}, {}});
    return true;
  }));
  std::ranges::move(state, std::back_inserter(batch));
  batch.push_back(facts_write(facts));
  return entries_->write(batch);
}

}  // namespace dk
