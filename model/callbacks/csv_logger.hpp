// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/callbacks/callback.hpp"
#include "model/config_reader.hpp"

#include <fstream>

namespace dk::model {

/// Keras' CSVLogger(filename, separator=",", append=False): one line per epoch, `epoch` (from 0)
/// and then the logs by name; `NA` where one of the first line's is missing later. Without `append`
/// the first line replaces the file. After `set_state` it goes on in the file; lines that were
/// written behind that state are of epochs that come again, and go away.
class CSVLogger final : public Callback {
 public:
  explicit CSVLogger(ConfigReader& config);

  /// kIo when the file cannot be written.
  Result<void> on_train_begin(CallbackContext& context) override;
  Result<void> on_epoch_end(std::uint64_t epoch, const Logs& logs,
                            CallbackContext& context) override;
  Result<void> on_train_end(CallbackContext& context) override;
  [[nodiscard]] nlohmann::json state() const override;
  Result<void> set_state(const nlohmann::json& state) override;

 private:
  Result<void> begin_file(const Logs& logs);
  Result<void> write_header();
  Result<void> write_line(const std::string& line);
  [[nodiscard]] tl::unexpected<Error> not_writable() const;

  std::string filename_;
  std::string separator_;
  bool append_;

  std::ofstream file_;
  std::uint64_t size_ = 0;          ///< Of the file, in bytes, as of its last line.
  std::vector<std::string> names_;  ///< Empty before the first line.
};

}  // namespace dk::model
