// SPDX-License-Identifier: GPL-3.0-or-later
import {Graph, layer, output, rnnOf, sequential, wrap} from '../src/keras_json.mjs';
import {around, dense} from './around.mjs';

const shape = [4, 3];
const flat = {flat: true};
const rnn = (name, config = {}) => layer(name, {units: 3, ...config});
const cases = {};

for (const [name, label, base] of [
  ['SimpleRNN', 'simple_rnn', {}], ['LSTM', 'lstm', {}],
  ['GRU', 'gru', {reset_after: false, implementation: 1}], ['GRU', 'gru_reset_after', {reset_after: true}],
]) {
  const one = (about, config) => around(`${label}, ${about}`, shape, rnn(name, {...base, ...config}),
    config.return_sequences ? {} : flat);
  cases[label] = one('the last output', {});
  cases[`${label}_sequences`] = one('all outputs', {return_sequences: true});
  cases[`${label}_backwards`] = one('backwards, all outputs', {return_sequences: true, go_backwards: true});
}

/** Samples that end in zeros: masked behind their ends. */
const padded = {shape: [3, 4, 2], values: [
  0.5, -1, 0.25, 0.75, 0, 0, 0, 0, -0.5, 0.5, 1, 0.3, 0.7, -0.2, 0.9, 0.1, 0.4, 0.6, 0, 0, 0.8, -0.9, 0, 0]};
/** Which of its steps are not masked. */
const steps = [[1, 1, 0, 0], [1, 1, 1, 1], [1, 0, 1, 0]];
const tokens = {shape: [3, 5], values: [3, 1, 4, 0, 0, 2, 6, 0, 0, 0, 5, 1, 2, 3, 4]};

const masked = (about, layers) => ({
  about, model: sequential([4, 2], [layer('Masking'), ...layers]), inputs: [padded],
  training: {optimizer: {name: 'sgd', learning_rate: 0.05}},
});
const embedded = (about, layers, mask = true) => ({
  about,
  model: sequential([5], [layer('Embedding', {input_dim: 7, output_dim: 3, mask_zero: mask}), ...layers]),
  inputs: [tokens], training: {optimizer: {name: 'sgd', learning_rate: 0.05}},
});
const bidirectional = (mode, name = 'LSTM', config = {}) => wrap('Bidirectional',
  rnn(name, {units: 2, return_sequences: true, ...config}), {merge_mode: mode});

function separateDirections() {
  const graph = new Graph();
  const x = graph.input('x', [4, 2]);
  const both = graph.call(bidirectional(null, 'SimpleRNN'), x);
  const sum = graph.call(layer('Subtract'), [output(both, 0), output(both, 1)]);
  return graph.model([x], [graph.call(dense(2), graph.call(layer('Flatten'), sum))]);
}

function withState(name, config, states) {
  const graph = new Graph();
  const x = graph.input('x', [3, 2]);
  const y = graph.call(rnn(name, {return_state: true, ...config}), x);
  const all = Array.from({length: states + 1}, (_, index) => output(y, index));
  return graph.model([x], [graph.call(dense(2), graph.call(layer('Concatenate'), all))]);
}

/** The first LSTM's last states are the second one's first. */
function encoderDecoder(name, base, states) {
  const graph = new Graph();
  const [x, y] = [graph.input('source', [3, 2]), graph.input('target', [4, 2])];
  const encoded = graph.call(rnn(name, {...base, return_state: true}), x);
  const first = Array.from({length: states}, (_, index) => output(encoded, index + 1));
  const decoded = graph.call(rnn(name, {...base, return_sequences: true}), [y, ...first]);
  return graph.model([x, y], [graph.call(dense(2), decoded)]);
}
const decoder = (about, ...of) => ({about, model: encoderDecoder(...of),
  inputs: [{shape: [2, 3, 2]}, {shape: [2, 4, 2]}], training: {}});

const functional = (about, model, steps) =>
  ({about, model, inputs: [{shape: [2, steps, 2]}], training: {}});

export const recurrent = {
  ...cases,
  simple_rnn_relu: around('simple_rnn with relu and no bias', shape,
    rnn('SimpleRNN', {activation: 'relu', use_bias: false}), flat),
  lstm_hard_sigmoid: around('LSTM as in Keras 1: hard_sigmoid gates', shape,
    rnn('LSTM', {recurrent_activation: 'hard_sigmoid'}), flat),
  lstm_without_bias: around('LSTM without a bias', shape, rnn('LSTM', {use_bias: false}), flat),
  lstm_stacked: around('two LSTMs', shape, [rnn('LSTM', {return_sequences: true}), rnn('LSTM', {units: 2})], flat),
  lstm_return_state: functional('an LSTM\'s output and states', withState('LSTM', {}, 2), 3),
  gru_return_state: functional('a GRU\'s output and state', withState('GRU', {reset_after: false}, 1), 3),
  rnn_simple_cell: around('RNN of a SimpleRNNCell', shape, rnnOf(layer('SimpleRNNCell', {units: 3})), flat),
  rnn_lstm_cell: around('RNN of an LSTMCell, all outputs', shape,
    rnnOf(layer('LSTMCell', {units: 3}), {return_sequences: true})),
  rnn_gru_cell: around('RNN of a GRUCell', shape, rnnOf(layer('GRUCell', {units: 3, reset_after: false})), flat),
  lstm_initial_state: decoder('an LSTM that begins with another one\'s states', 'LSTM', {}, 2),
  gru_initial_state: decoder('a GRU that begins with another one\'s state', 'GRU', {reset_after: false}, 1),
  masking_simple_rnn: masked('masked steps leave the state as it is', [rnn('SimpleRNN'), dense(2)]),
  masking_lstm: masked('masked steps leave both states as they are', [rnn('LSTM'), dense(2)]),
  masking_lstm_sequences: masked('a masked step repeats the output before it',
    [rnn('LSTM', {return_sequences: true}), rnn('LSTM', {units: 2}), dense(2)]),
  masking_gru: masked('masked steps leave the state as it is', [rnn('GRU', {reset_after: false}), dense(2)]),
  masking_gru_reset_after: masked('masked steps leave the state as it is', [rnn('GRU'), dense(2)]),
  masking_bidirectional: masked('backwards, the masked steps come first',
    [bidirectional('concat', 'LSTM', {return_sequences: false}), dense(2)]),
  masked_loss: {...masked('a masked step has no loss; the mean is over the others',
    [rnn('LSTM', {return_sequences: true}), dense(2)]), lossMask: steps},
  masked_loss_of_classes: {...masked('a masked step has no class', [rnn('GRU', {return_sequences: true}),
    dense(3, {activation: 'softmax'})]), lossMask: steps, training: {optimizer: {name: 'sgd', learning_rate: 0.2},
    loss: 'sparse_categorical_crossentropy', targets: [{shape: [3, 4, 1], classes: 3}]}},
  masked_loss_weighted: {...masked('masked steps and weighted samples', [rnn('SimpleRNN', {return_sequences: true}),
    dense(2)]), lossMask: steps, training: {optimizer: {name: 'sgd', learning_rate: 0.05}, sample_weights: [2, 0.5, 1]}},
  embedding: embedded('Embedding of token numbers', [layer('Flatten'), dense(2)], false),
  embedding_lstm: embedded('token 0 is padding', [rnn('LSTM'), dense(2)]),
  bidirectional_concat: around('Bidirectional LSTM, concat', shape, bidirectional('concat')),
  bidirectional_sum: around('Bidirectional LSTM, sum', shape, bidirectional('sum')),
  bidirectional_mul: around('Bidirectional LSTM, mul', shape, bidirectional('mul')),
  bidirectional_ave: around('Bidirectional GRU, ave', shape, bidirectional('ave', 'GRU', {reset_after: false})),
  bidirectional_gru_reset_after: around('Bidirectional GRU, reset_after', shape, bidirectional('concat', 'GRU')),
  bidirectional_last: around('Bidirectional SimpleRNN, the last outputs', shape,
    bidirectional('concat', 'SimpleRNN', {return_sequences: false}), flat),
  bidirectional_separate: functional('merge_mode None: two outputs', separateDirections(), 4),
  time_distributed_dense: around('TimeDistributed Dense', shape, wrap('TimeDistributed', dense(2, {activation: 'tanh'}))),
  time_distributed_conv2d: around('TimeDistributed Conv2D', [2, 4, 3, 1], wrap('TimeDistributed',
    layer('Conv2D', {filters: 2, kernel_size: [2, 2]}))),
};
