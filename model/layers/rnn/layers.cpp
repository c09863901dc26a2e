// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/layers/layers.hpp"

#include "model/layers/rnn/bidirectional.hpp"
#include "model/layers/rnn/recurrent.hpp"
#include "model/layers/rnn/time_distributed.hpp"

namespace dk::model {

std::span<const LayerClass> rnn_layers() {
  static constexpr LayerClass kClasses[] = {
      {"Bidirectional", make_from_config<Bidirectional>},
      {"GRU", make_gru},
      {"LSTM", make_lstm},
      {"RNN", make_rnn},
      {"SimpleRNN", make_simple_rnn},
      {"TimeDistributed", make_from_config<TimeDistributed>},
  };
  return kClasses;
}

}  // namespace dk::model
