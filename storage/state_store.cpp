// SPDX-License-Identifier: GPL-3.0-or-later
// Keys: one letter, then numbers of 64 bits, big endian. Values are envelopes "DKRC" around:
//   c "incarnation"     u64, little endian: the next number to hand out
//   c "job"             u64, little endian: the next job id to hand out
//   e job number        an event: one line of JSON
//   j job               a job's record
//   l job               a job's data ledger
//   v NAME              a named value
// and, an envelope "DKMF" of its own (storage/manifest.hpp):
//   m job checkpoint    a manifest
#include "storage/state_store.hpp"

#include "base/check.hpp"
#include "storage/envelope.hpp"

#include <algorithm>
#include <mutex>

namespace dk::storage {
namespace {

constexpr std::string_view kIncarnationKey = "cincarnation";
constexpr std::string_view kJobCounterKey = "cjob";

template <class... Numbers>
std::string key_of(char letter, Numbers... numbers) {
  std::string key;
  key.push_back(letter);
  (append_ordered(key, numbers), ...);
  return key;
}

std::string value_key(std::string_view name) {
  std::string key = key_of('v');
  key.append(name);
  return key;
}

/// What a person calls the record under a key of ours.
std::string name_of(std::string_view key) {
  const auto first = read_ordered(key, 1);
  const auto second = read_ordered(key, 9);
  switch (key.empty() ? '\0' : key.front()) {
    case 'c':
      return fmt::format("counter \"{}\"", key.substr(1));
    case 'e':
      return fmt::format("event {} of job {}", second, first);
    case 'j':
      return fmt::format("record of job {}", first);
    case 'l':
      return fmt::format("ledger of job {}", first);
    case 'm':
      return to_string(JobId(first), CheckpointId(second));
    default:
      return fmt::format("value \"{}\"", key.substr(std::min<std::size_t>(1, key.size())));
  }
}

Result<Bytes> open_record(std::string_view key, std::span<const std::byte> sealed) {
  const auto payload = unseal(EnvelopeKind::kRecord, key, sealed);
  if (!payload) return fail_in(name_of(key), payload.error());
  return Bytes(payload->begin(), payload->end());
}

Result<Manifest> open_manifest(std::string_view key, std::span<const std::byte> sealed) {
  auto manifest = decode_manifest(sealed);
  if (!manifest) return fail_in(name_of(key), manifest.error());
  if (key != key_of('m', manifest->job.value, manifest->checkpoint.value)) {
    return fail(Errc::kCorrupt, "{}: it is the {}", name_of(key),
                to_string(manifest->job, manifest->checkpoint));
  }
  return manifest;
}

class KeyValueStateStore final : public StateStore {
 public:
  explicit KeyValueStateStore(std::shared_ptr<KeyValueStore> entries)
      : entries_(std::move(entries)) {}

  Result<void> read_counters() {
    DK_TRY_ASSIGN(next_incarnation_, read_counter(kIncarnationKey));
    DK_TRY_ASSIGN(next_job_, read_counter(kJobCounterKey));
    return {};
  }

  Result<void> commit(const StateBatch& batch) override {
    DK_TRY(batch.valid());
    if (batch.empty()) return {};
    return entries_->write(batch.changes());
  }

  Result<Incarnation> reserve_incarnations(std::uint64_t count) override {
    // The counter on the disk must not go back: one after the other.
    const std::lock_guard lock(reserving_);
    StateBatch batch;
    const auto first = reserve_incarnations(count, batch);
    DK_TRY(commit(batch));
    return first;
  }

  Result<JobId> next_job_id() override {
    const std::lock_guard lock(reserving_);
    StateBatch batch;
    const auto first = next_job_id(batch);
    DK_TRY(commit(batch));
    return first;
  }

  Incarnation reserve_incarnations(std::uint64_t count, StateBatch& into) override {
    return Incarnation(reserve(kIncarnationKey, next_incarnation_, count, into));
  }

  JobId next_job_id(StateBatch& into) override {
    return JobId(reserve(kJobCounterKey, next_job_, 1, into));
  }

  Result<std::vector<std::pair<JobId, Bytes>>> jobs() override {
    std::vector<std::pair<JobId, Bytes>> found;
    DK_TRY(scan_records("j", "k", [&](std::string_view key, Bytes record) {
      found.emplace_back(JobId(read_ordered(key, 1)), std::move(record));
      return true;
    }));
    return found;
  }

  Result<std::optional<Bytes>> job(JobId job) override {
    return find_record(key_of('j', job.value));
  }

  Result<std::optional<Bytes>> ledger(JobId job) override {
    return find_record(key_of('l', job.value));
  }

  Result<std::vector<std::string>> events(JobId job, std::uint64_t from,
                                          std::size_t limit) override {
    std::vector<std::string> found;
    if (limit == 0) return found;
    DK_TRY(scan_records(key_of('e', job.value, from), after_prefix(key_of('e', job.value)),
                        [&](std::string_view, Bytes line) {
                          found.emplace_back(reinterpret_cast<const char*>(line.data()),
                                             line.size());
                          return found.size() < limit;
                        }));
    return found;
  }

  Result<ManifestScan> manifests(JobId job) override {
    ManifestScan found;
    const auto prefix = key_of('m', job.value);
    const auto scanned = entries_->scan(
        prefix, after_prefix(prefix), [&](std::string_view key, std::span<const std::byte> sealed) {
          if (auto manifest = open_manifest(key, sealed)) {
            found.good.push_back(std::move(*manifest));
          } else {
            found.refused.push_back(manifest.error().message);
          }
          return true;
        });
    if (!scanned && scanned.error().code != Errc::kCorrupt) return fail(scanned.error());
    if (!scanned) {
      found.refused.push_back(fmt::format(
          "manifests of job {} after checkpoint {}: {}", job.value,
          found.good.empty() ? 0 : found.good.back().checkpoint.value, scanned.error().message));
    }
    std::reverse(found.good.begin(), found.good.end());
    return found;
  }

  Result<std::optional<Bytes>> value(std::string_view name) override {
    return find_record(value_key(name));
  }

 private:
  Result<std::optional<Bytes>> find_record(const std::string& key) {
    const auto sealed = entries_->get(key);
    if (!sealed && sealed.error().code == Errc::kNotFound) return std::nullopt;
    if (!sealed) return fail_in(name_of(key), sealed.error());
    DK_TRY_ASSIGN(auto record, open_record(key, *sealed));
    return std::optional<Bytes>(std::move(record));
  }

  template <class Visit>
  Result<void> scan_records(const std::string& from, const std::string& end, const Visit& visit) {
    Result<void> opened;
    DK_TRY(entries_->scan(from, end, [&](std::string_view key, std::span<const std::byte> sealed) {
      auto record = open_record(key, sealed);
      if (!record) opened = fail(record.error());
      return record && visit(key, std::move(*record));
    }));
    return opened;
  }

  Result<std::uint64_t> read_counter(std::string_view key) {
    DK_TRY_ASSIGN(const auto record, find_record(std::string(key)));
    if (!record) return 1;
    ByteReader reader(*record);
    const auto next = reader.get<std::uint64_t>();
    if (!reader.ok() || reader.remaining() != 0 || next == 0) {
      return fail(Errc::kCorrupt, "{}: not a number above 0", name_of(key));
    }
    return next;
  }

  std::uint64_t reserve(std::string_view key, std::uint64_t& next, std::uint64_t count,
                        StateBatch& into) {
    DK_CHECK(count > 0, "at least one number is reserved");
    const std::lock_guard lock(counters_);
    const auto first = next;
    // Counted up even if the write fails: it may have reached the disk, and a gap costs nothing.
    next += count;
    into.put_counter(key.substr(1), next);
    return first;
  }

  std::shared_ptr<KeyValueStore> entries_;
  std::mutex reserving_;
  std::mutex counters_;
  std::uint64_t next_incarnation_ = 1;
  std::uint64_t next_job_ = 1;
};

}  // namespace

void StateBatch::put_record(std::string key, std::span<const std::byte> payload) {
  auto sealed = seal(EnvelopeKind::kRecord, key, payload);
  changes_.push_back({KeyValueWrite::Kind::kPut, std::move(key), {}, std::move(sealed)});
}

void StateBatch::put_job(JobId job, std::span<const std::byte> record) {
  put_record(key_of('j', job.value), record);
}

void StateBatch::put_ledger(JobId job, std::span<const std::byte> ledger) {
  put_record(key_of('l', job.value), ledger);
}

void StateBatch::append_event(JobId job, std::uint64_t number, std::string_view json_line) {
  put_record(key_of('e', job.value, number), std::as_bytes(std::span(json_line)));
}

void StateBatch::put_manifest(const Manifest& manifest) {
  if (auto checked = check(manifest); !checked && valid_) valid_ = std::move(checked);
  changes_.push_back({KeyValueWrite::Kind::kPut,
                      key_of('m', manifest.job.value, manifest.checkpoint.value),
                      {},
                      encode(manifest)});
}

void StateBatch::erase_manifest(JobId job, CheckpointId checkpoint) {
  erase(key_of('m', job.value, checkpoint.value));
}

void StateBatch::erase_job(JobId job, std::uint64_t events) {
  erase(key_of('j', job.value));
  erase(key_of('l', job.value));
  for (std::uint64_t number = 0; number < events; ++number) erase(key_of('e', job.value, number));
}

void StateBatch::erase_value(std::string_view name) {
  erase(value_key(name));
}

void StateBatch::erase(std::string key) {
  changes_.push_back({KeyValueWrite::Kind::kErase, std::move(key), {}, {}});
}

void StateBatch::put_counter(std::string_view name, std::uint64_t next) {
  ByteWriter record;
  record.put(next);
  std::string key = key_of('c');
  key.append(name);
  put_record(std::move(key), record.bytes());
}

void StateBatch::put_value(std::string_view name, std::span<const std::byte> value) {
  put_record(value_key(name), value);
}

Result<std::unique_ptr<StateStore>> make_state_store(std::shared_ptr<KeyValueStore> entries) {
  auto store = std::make_unique<KeyValueStateStore>(std::move(entries));
  DK_TRY(store->read_counters());
  return store;
}

std::unique_ptr<StateStore> make_memory_state_store() {
  auto store = make_state_store(make_memory_key_value_store());
  DK_CHECK(store.has_value(), "an empty memory has nothing damaged");
  return std::move(*store);
}

Result<std::unique_ptr<StateStore>> open_state_store(const std::filesystem::path& directory) {
  DK_TRY_ASSIGN(auto entries, open_rocksdb_key_value_store(directory, KeyValueProfile::kState));
  auto store = make_state_store(std::move(entries));
  if (!store) return fail_in(directory.string(), store.error());
  return store;
}

}  // namespace dk::storage
