// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>

namespace dk {

/// How long an answer is waited for until its message is sent again, by somebody who has `n`
/// messages under way. A message that is only late, because its receiver is slow, still lies there
/// when its repetition comes; so the wait doubles, as long as answers are slow. After waiting T in
/// all, the receiver has at most n (1 + log2(1 + T / least)) of them, and once the wait exceeds the
/// time that it takes, it has n.
class Patience {
 public:
  using Duration = std::chrono::milliseconds;

  explicit Patience(Duration least) : least_(least), value_(least) {}

  [[nodiscard]] Duration value() const { return value_; }
  /// No answer came within `waited`, which was `value` when the message was sent: those that were
  /// sent together count once.
  void late(Duration waited) {
    if (waited == value_) value_ *= 2;
  }
  void answered(Duration took) {
    if (took < least_ / 2) value_ = least_;
  }

 private:
  Duration least_;
  Duration value_;
};

}  // namespace dk
