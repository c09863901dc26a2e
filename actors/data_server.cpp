// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/data_server.hpp"

#include "actors/error.hpp"
#include "actors/runtime_config.hpp"
#include "storage/data/open_reader.hpp"
#include "storage/data/source_state.hpp"

#include <caf/all.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <list>

namespace dk {
namespace {

/// One source: opened when it is asked for, and again when its files have changed.
struct Source {
  std::string text;
  DataServerConfig config;
  std::shared_ptr<const storage::Reader> reader;
  std::vector<storage::FileState> files;
  std::string name;
  DataShape shape;

  Result<void> ensure_open();
  Result<void> open(const storage::SourceConfig& source);
  [[nodiscard]] Result<bool> changed() const;
  Result<DataShape> describe();
  Result<DataRows> rows(std::uint64_t fingerprint, std::uint64_t first, std::uint32_t count);

  storage::SourceConfig source;
};

Result<void> Source::ensure_open() {
  if (reader) return {};
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) return fail(Errc::kInvalid, "a data source that is no JSON");
  auto parsed = storage::source_from_json(json, "source");
  if (!parsed) return fail(Errc::kInvalid, "{}", parsed.error().message);
  source = std::move(*parsed);
  name = storage::describe(source);
  return open(source);
}

Result<void> Source::open(const storage::SourceConfig& wanted) {
  DK_TRY_ASSIGN(auto before, storage::file_states(wanted));
  DK_TRY_ASSIGN(auto opened, storage::open_reader(wanted, {config.cache, config.memory_bytes}));
  DK_TRY_ASSIGN(const auto print, storage::fingerprint(before));
  DK_TRY_ASSIGN(const auto after, storage::file_states(wanted));
  if (before != after) return fail(Errc::kInvalid, "{}: changed while it was opened", name);
  const auto schema = storage::to_json(opened->schema());
  shape = {schema.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace), opened->rows(),
           opened->group_rows(), opened->features_are_bytes(), print};
  files = std::move(before);
  reader = std::move(opened);
  return {};
}

Result<bool> Source::changed() const {
  DK_TRY_ASSIGN(const auto now, storage::file_states(source));
  return now != files;
}

Result<DataShape> Source::describe() {
  if (reader) {
    const auto differs = changed();
    if (!differs || *differs) reader = nullptr;
  }
  DK_TRY(ensure_open());
  return shape;
}

Result<DataRows> Source::rows(std::uint64_t fingerprint, std::uint64_t first, std::uint32_t count) {
  DK_TRY(ensure_open());
  if (fingerprint != shape.fingerprint) {
    return fail(Errc::kInvalid, "{}: not the files that were opened", name);
  }
  const auto x_size = reader->schema().feature_size();
  const auto y_size = reader->schema().label_size();
  if (first > shape.rows || count > shape.rows - first || count == 0 ||
      count > Tensor::kMaxFloats / std::max(x_size, y_size)) {
    return fail(Errc::kInvalid, "{}: {} rows from {} on, of {} with {} numbers each", name, count,
                first, shape.rows, std::max(x_size, y_size));
  }
  const auto x = allocate_floats(count * x_size);
  const auto y = allocate_floats(count * y_size);
  DK_TRY(reader->read(first, count, {x.get(), count * x_size}, {y.get(), count * y_size}));
  // Looked at behind the read: what changed meanwhile is not sent either.
  DK_TRY_ASSIGN(const bool differs, changed());
  if (differs) {
    reader = nullptr;
    return fail(Errc::kInvalid, "{}: changed since it was opened", name);
  }
  return DataRows{{x, count * x_size}, {y, count * y_size}};
}

DataServerActor::behavior_type source_actor(DataServerActor::pointer, std::string text,
                                            DataServerConfig config) {
  auto source = std::make_shared<Source>();
  source->text = std::move(text);
  source->config = std::move(config);
  return {
      [source](open_atom, const std::string&) { return answer(source->describe()); },
      [source](get_atom, const std::string&, std::uint64_t fingerprint, std::uint64_t first,
               std::uint32_t count) { return answer(source->rows(fingerprint, first, count)); },
  };
}

struct Server {
  DataServerActor::pointer self = nullptr;
  DataServerConfig config;
  std::list<std::pair<std::string, DataServerActor>> open;  ///< the one used last is the first

  const DataServerActor& source(const std::string& text);
};

const DataServerActor& Server::source(const std::string& text) {
  const auto found = std::ranges::find(open, text, &std::pair<std::string, DataServerActor>::first);
  if (found != open.end()) {
    open.splice(open.begin(), open, found);
    return open.front().second;
  }
  if (open.size() >= config.most_open) {
    self->unlink_from(open.back().second);
    self->send_exit(open.back().second, caf::exit_reason::user_shutdown);
    open.pop_back();
  }
  open.emplace_front(text, spawn_blocking(self->system(), source_actor, text, config));
  self->link_to(open.front().second);
  return open.front().second;
}

}  // namespace

DataServerActor::behavior_type data_server(DataServerActor::pointer self, DataServerConfig config) {
  auto server = std::make_shared<Server>();
  server->self = self;
  server->config = std::move(config);
  self->set_exit_handler([server = server.get()](const caf::exit_msg& message) {
    const auto ended = std::ranges::find_if(
        server->open, [&](const auto& entry) { return entry.second.address() == message.source; });
    if (ended == server->open.end()) return server->self->quit(message.reason);
    server->open.erase(ended);
  });
  return {
      [server](open_atom, const std::string& text) {
        return server->self->delegate(server->source(text), open_atom_v, text);
      },
      [server](get_atom, const std::string& text, std::uint64_t fingerprint, std::uint64_t first,
               std::uint32_t count) {
        return server->self->delegate(server->source(text), get_atom_v, text, fingerprint, first,
                                      count);
      },
  };
}

}  // namespace dk
