// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model/callbacks/callback.hpp"
#include "model/config_reader.hpp"

#include <fstream>

namespace dk::model {

/// Keras' CSVLogger(filename, separator=",", append=False): one line per epoch, `epoch` (from 0)
/// and then the logs by name; `NA` where one of the first line's is missing later.
class CSVLogger final : public Callback {
 public:
  explicit CSVLogger(ConfigReader& config);

  /// kIo when the file cannot be written.
  Result<void> on_train_begin(CallbackContext& context) override;
  Result<void> on_epoch_end(std::uint64_t epoch, const Logs& logs,
                            CallbackContext& context) override;
  Result<void> on_train_end(CallbackContext& context) override;

 private:
  Result<void> write_line(const std::string& line);

  std::string filename_;
  std::string separator_;
  bool append_;

  std::ofstream file_;
  bool has_header_ = false;
  std::vector<std::string> names_;
};

}  // namespace dk::model
