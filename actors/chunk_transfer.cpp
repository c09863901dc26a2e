// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/chunk_transfer.hpp"

#include "actors/dial.hpp"
#include "actors/mutant.hpp"
#include "base/checksum.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>

namespace dk {
namespace {

/// Dials a node's agent and asks it for its chunk store.
template <class Self, class Done, class Failed>
void open_store(Self* self, const NodePeer& node, Done done, Failed failed) {
  dial<NodeAgentActor>(
      self, node.agent,
      [self, done, failed](const NodeAgentActor& agent) {
        self->request(agent, defaults::kControlTimeout, store_atom_v)
            .then(
                [done](const caf::strong_actor_ptr& store) {
                  done(caf::actor_cast<ChunkStoreActor>(store));
                },
                [failed](const caf::error& why) { failed(from_caf(why)); });
      },
      failed);
}

// -- writing ---------------------------------------------------------------------

struct Home {
  std::string name;
  ChunkStoreActor store;
  std::size_t next = 0;  ///< chunk to send
  std::size_t acknowledged = 0;
  bool failed = false;
  bool synced = false;
  std::string failure{};
};

struct Writer {
  ChunkWriterActor::pointer self;
  ChunkWriterConfig config;
  std::vector<ChunkSource> written;  ///< the ranges that were sent so far; `nodes` is empty
  std::size_t released = 0;          ///< ranges that every home has
  std::vector<Home> homes;
  caf::typed_response_promise<ChunksWritten> promise;

  [[nodiscard]] Chunk chunk(std::size_t index);
  void pump(std::size_t home);
  void release();
  void sync(std::size_t home);
  void give_up(std::size_t home, const Error& error);
  void finish_if_over();
};

Chunk Writer::chunk(std::size_t index) {
  const auto& [offset, values] = config.ranges[index];
  if (index == written.size())
    written.push_back({offset, values.size(), checksum(std::as_bytes(values.span())), {}});
  return {config.job, config.checkpoint, offset, written[index].checksum, values};
}

void Writer::pump(std::size_t index) {
  auto& home = homes[index];
  while (!home.failed && home.next < config.ranges.size() &&
         home.next - home.acknowledged < defaults::kPartsInFlight) {
    self->request(home.store, defaults::kControlTimeout, put_atom_v, chunk(home.next++))
        .then(
            [this, index](std::uint64_t) {
              ++homes[index].acknowledged;
              release();
              homes[index].acknowledged == config.ranges.size() ? sync(index) : pump(index);
            },
            [this, index](const caf::error& why) { give_up(index, from_caf(why)); });
  }
}

void Writer::release() {
  auto everywhere = config.ranges.size();
  for (const auto& home : homes) {
    if (!home.failed) everywhere = std::min(everywhere, home.acknowledged);
  }
  for (; released < everywhere; ++released) config.ranges[released].values = {};
}

void Writer::sync(std::size_t index) {
  self->request(homes[index].store, defaults::kControlTimeout, sync_atom_v)
      .then(
          [this, index](bool) {
            homes[index].synced = true;
            finish_if_over();
          },
          [this, index](const caf::error& why) { give_up(index, from_caf(why)); });
}

void Writer::give_up(std::size_t index, const Error& error) {
  homes[index].failed = true;
  homes[index].failure = error.message;
  finish_if_over();
}

void Writer::finish_if_over() {
  if (!promise.pending()) return;
  if (!std::ranges::all_of(homes, [](const Home& home) { return home.failed || home.synced; }))
    return;
  ChunksWritten answer{config.executor, config.checkpoint, {}};
  std::vector<std::string> names;
  for (const auto& home : homes) {
    if (home.synced) {
      names.push_back(home.name);
    } else {
      answer.refused.emplace(home.name, home.failure);
    }
  }
  for (auto& chunk : written) {
    chunk.nodes = names;
    answer.chunks.push_back(std::move(chunk));
  }
  if (homes.empty()) answer.failure = "no node to store chunks";
  promise.deliver(std::move(answer));
  self->quit();
}

// -- reading ---------------------------------------------------------------------

struct Reader {
  ChunkReaderActor::pointer self;
  ChunkReaderConfig config;
  FloatsPtr values;
  std::map<std::string, std::optional<ChunkStoreActor>> stores;  ///< null: could not be opened
  std::size_t chunk = 0;
  std::size_t node = 0;
  std::string failures;
  caf::typed_response_promise<FloatsPtr> promise;

  [[nodiscard]] bool wanted(const ChunkSource& source) const {
    return source.offset < config.offset + config.count &&
           config.offset < source.offset + source.count;
  }
  void next();
  void fetch(const ChunkStoreActor& store);
  void take(const Tensor& tensor);
  void try_other_node(const Error& error);
};

void Reader::next() {
  while (chunk < config.chunks.size() && !wanted(config.chunks[chunk])) ++chunk;
  if (chunk == config.chunks.size()) {
    promise.deliver(std::move(values));
    return self->quit();
  }
  const auto& source = config.chunks[chunk];
  if (node == source.nodes.size()) {
    promise.deliver(
        to_caf({Errc::kCorrupt, fmt::format("checkpoint {}, chunk at {}: no whole copy ({})",
                                            config.checkpoint, source.offset, failures)}));
    return self->quit();
  }
  const auto& name = source.nodes[node];
  if (const auto open = stores.find(name); open != stores.end()) {
    if (open->second) return fetch(*open->second);
    return try_other_node({Errc::kUnavailable, "unreachable"});
  }
  const auto peer = std::ranges::find(config.nodes, name, &NodePeer::name);
  if (peer == config.nodes.end())
    return try_other_node({Errc::kUnavailable, "not in the cluster now"});
  open_store(
      self, *peer,
      [this, name](const ChunkStoreActor& store) {
        stores[name] = store;
        next();
      },
      [this, name](const Error& error) {
        stores[name] = std::nullopt;
        try_other_node(error);
      });
}

void Reader::fetch(const ChunkStoreActor& store) {
  self->request(store, defaults::kControlTimeout, get_atom_v, config.job, config.checkpoint,
                config.chunks[chunk].offset)
      .then([this](const Tensor& tensor) { take(tensor); },
            [this](const caf::error& why) { try_other_node(from_caf(why)); });
}

void Reader::take(const Tensor& tensor) {
  const auto& source = config.chunks[chunk];
  const bool sound =
      mutated(Mutant::kTrustChunks) || checksum(std::as_bytes(tensor.span())) == source.checksum;
  if (tensor.size() != source.count || !sound) {
    return try_other_node({Errc::kCorrupt, "does not match its checksum in the manifest"});
  }
  const auto first = std::max(source.offset, config.offset);
  const auto last = std::min(source.offset + source.count, config.offset + config.count);
  std::memcpy(values.get() + (first - config.offset),
              tensor.span().data() + (first - source.offset), (last - first) * sizeof(float));
  ++chunk;
  node = 0;
  failures.clear();
  next();
}

void Reader::try_other_node(const Error& error) {
  failures += fmt::format("{}{}: {}", failures.empty() ? "" : "; ",
                          config.chunks[chunk].nodes[node], error.message);
  ++node;
  next();
}

}  // namespace

ChunkWriterActor::behavior_type chunk_writer(ChunkWriterActor::pointer self,
                                             ChunkWriterConfig config) {
  auto writer = std::make_shared<Writer>();
  writer->self = self;
  writer->config = std::move(config);
  return {[writer](put_atom) -> caf::typed_response_promise<ChunksWritten> {
    auto promise = writer->promise = writer->self->make_response_promise<ChunksWritten>();
    for (const auto& home : writer->config.homes)
      writer->homes.push_back({home.name, {}, 0, 0, false, false});
    for (std::size_t i = 0; i < writer->homes.size(); ++i) {
      open_store(
          writer->self, writer->config.homes[i],
          [writer = writer.get(), i](const ChunkStoreActor& store) {
            writer->homes[i].store = store;
            writer->pump(i);
          },
          [writer = writer.get(), i](const Error& error) { writer->give_up(i, error); });
    }
    writer->finish_if_over();
    return promise;
  }};
}

ChunkReaderActor::behavior_type chunk_reader(ChunkReaderActor::pointer self,
                                             ChunkReaderConfig config) {
  auto reader = std::make_shared<Reader>();
  reader->self = self;
  reader->config = std::move(config);
  return {[reader](get_atom) -> caf::typed_response_promise<FloatsPtr> {
    auto promise = reader->promise = reader->self->make_response_promise<FloatsPtr>();
    reader->values = allocate_floats(reader->config.count);
    reader->next();
    return promise;
  }};
}

}  // namespace dk
