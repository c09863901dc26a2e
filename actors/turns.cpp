// SPDX-License-Identifier: GPL-3.0-or-later
#include "actors/turns.hpp"

namespace dk {

std::shared_ptr<Turns::Ticket> Turns::ask(std::function<void()> begin) {
  std::shared_ptr<Ticket> ticket(new Ticket(shared_from_this(), std::move(begin)));
  {
    const std::scoped_lock lock(mutex_);
    if (free_ == 0) {
      waiting_.push_back(ticket);
      return ticket;
    }
    --free_;
    ticket->granted_ = true;
  }
  ticket->begin_();
  return ticket;
}

void Turns::ended() {
  // Declared first: a ticket that is let go of here ends its own turn, without the lock.
  std::shared_ptr<Ticket> next;
  {
    const std::scoped_lock lock(mutex_);
    while (!next && !waiting_.empty()) {
      next = waiting_.front().lock();
      waiting_.pop_front();
    }
    if (!next) {
      ++free_;
      return;
    }
    next->granted_ = true;
  }
  next->begin_();
}

Turns::Ticket::~Ticket() {
  if (granted_) turns_->ended();
}

}  // namespace dk
