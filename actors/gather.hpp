// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <caf/error.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace dk {

/// Collects the answers to several requests (CAF 0.17 has no fan-out request):
///
///     auto all = Gather<Held>::of(workers.size(), [](std::vector<Held> held) {...}, [](const
///     caf::error& why) {...}); for (auto& worker : workers) self->request(worker, timeout,
///     hold_atom_v).then(all->value(), all->error());
///
/// Exactly one of the two callbacks runs, once: with every answer, in the order of arrival, or with
/// the first error. With nothing to wait for, the first runs at once.
template <class T>
class Gather : public std::enable_shared_from_this<Gather<T>> {
 public:
  using Done = std::function<void(std::vector<T>)>;
  using Failed = std::function<void(const caf::error&)>;

  static std::shared_ptr<Gather> of(std::size_t expected, Done done, Failed failed) {
    auto gather = std::shared_ptr<Gather>(new Gather(expected, std::move(done), std::move(failed)));
    if (expected == 0) gather->finish();
    return gather;
  }

  [[nodiscard]] auto value() {
    return [self = this->shared_from_this()](T& value) {
      self->values_.push_back(std::move(value));
      if (self->values_.size() == self->expected_) self->finish();
    };
  }
  [[nodiscard]] auto error() {
    return [self = this->shared_from_this()](const caf::error& why) {
      if (std::exchange(self->over_, true)) return;
      self->failed_(why);
    };
  }

 private:
  Gather(std::size_t expected, Done done, Failed failed)
      : expected_(expected), done_(std::move(done)), failed_(std::move(failed)) {}

  void finish() {
    if (std::exchange(over_, true)) return;
    done_(std::move(values_));
  }

  std::size_t expected_;
  Done done_;
  Failed failed_;
  std::vector<T> values_;
  bool over_ = false;
};

}  // namespace dk
