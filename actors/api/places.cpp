// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/api/places.hpp"

namespace dk::api {

Places::Place Places::take(const std::string& address) {
  const std::lock_guard lock(mutex_);
  if (taken_ >= limits_.all) return nullptr;
  if (!address.empty()) {
    const auto found = by_address_.find(address);
    if (found != by_address_.end() && found->second >= limits_.of_an_address) return nullptr;
    ++by_address_[address];
  }
  ++taken_;
  return {this, [this, address](const void*) { give_back(address); }};
}

void Places::give_back(const std::string& address) {
  const std::lock_guard lock(mutex_);
  --taken_;
  const auto found = by_address_.find(address);
  if (found != by_address_.end() && --found->second == 0) by_address_.erase(found);
}

}  // namespace dk::api
