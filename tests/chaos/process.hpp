// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dk::test {

/// A child process in a group of its own, with its output in a file. It is killed with its owner,
/// and with this process however that ends. Start it on the main thread.
class Process {
 public:
  /// `command[0]` is the program's path. An argument "{ready}" becomes the number of a descriptor
  /// from which `ready_line` reads.
  Process(std::vector<std::string> command, std::filesystem::path output);
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  ~Process();

  [[nodiscard]] pid_t pid() const { return pid_; }
  void signal(int number) const;
  /// The line that it writes when it serves; empty when it ends before, or takes too long.
  [[nodiscard]] std::string ready_line(std::chrono::milliseconds patience);
  /// Its exit code, or 128 and the number of the signal that ended it; nothing if it still runs.
  std::optional<int> wait(std::chrono::milliseconds patience);
  /// What it has written so far.
  [[nodiscard]] std::string output() const;

 private:
  std::filesystem::path output_;
  pid_t pid_ = -1;
  int ready_ = -1;
  std::optional<int> code_;
};

/// Waits for the end of any process, a child or not; false if it still runs after that.
bool process_ends(pid_t pid, std::chrono::milliseconds patience);

struct Finished {
  int code = -1;
  std::string output;
};

/// Runs a program to its end, which must come within `patience`.
Finished run_program(std::vector<std::string> command, std::chrono::milliseconds patience);

}  // namespace dk::test
