// SPDX-License-Identifier: GPL-3.0-or-later
// Attention as Keras documents it: MultiHeadAttention (Vaswani et al., 2017), Attention (Luong et al.,
// 2015), AdditiveAttention (Bahdanau et al., 2015).
import tf from '@tensorflow/tfjs';

/** The shapes of several inputs, or of one. */
const listOf = (shapes) => (Array.isArray(shapes[0]) ? shapes : [shapes]);

/** (b, t, d) by a kernel (d, h, k) and a bias (h, k): (b, h, t, k). */
function project(x, kernel, bias) {
  const [d, heads, size] = kernel.shape;
  const flat = x.reshape([-1, d]).matMul(kernel.reshape([d, heads * size]));
  const y = flat.reshape([x.shape[0], x.shape[1], heads, size]);
  return (bias ? y.add(bias) : y).transpose([0, 2, 1, 3]);
}

/** Minus much where the query or the value is masked; self-attention only. */
function biasOf(mask) {
  const m = mask.cast('float32');
  const both = m.expandDims(2).mul(m.expandDims(1)).expandDims(1);
  return tf.sub(both, 1).mul(1e9);
}

/** Scores from q and k; then value by softmax. Inputs: query, value and, when given, key. */
const scored = (variables, scores) => (c) => ({
  variables: ([query]) => variables(c, query.at(-1)),
  outputShape: ([query, value]) => [...query.slice(0, -1), value.at(-1)],
  call([query, value, key = value], values) {
    return tf.softmax(scores(c, query, key, values)).matMul(value);
  },
});
const tanhOfSum = (query, key) => tf.tanh(query.expandDims(2).add(key.expandDims(1)));

export const layers = {
  AdditiveAttention: scored((c, size) => (c.use_scale ? [['scale', [size]]] : []),
    (c, query, key, [scale]) => {
      const sums = tanhOfSum(query, key);
      return tf.sum(scale ? sums.mul(scale) : sums, -1);
    }),
  Attention: scored((c) => [
    ...(c.use_scale ? [['scale', []]] : []), ...(c.score_mode === 'concat' ? [['concat_score_weight', []]] : []),
  ], (c, query, key, values) => {
    const scale = c.use_scale ? values[0] : tf.scalar(1);
    if (c.score_mode === 'dot') return tf.matMul(query, key, false, true).mul(scale);
    return tf.sum(tanhOfSum(query.mul(scale), key.mul(scale)), -1).mul(values.at(-1));
  }),
  /** Inputs: query, value and, when given, key; without it the key is the value. */
  MultiHeadAttention: (c) => ({
    variables(shapes) {
      const [query, value = query, key = value] = listOf(shapes);
      const [heads, size, valueSize] = [c.num_heads, c.key_dim, c.value_dim ?? c.key_dim];
      const out = [c.output_shape ?? query.at(-1)].flat()[0];
      const projections = [['query', query, size], ['key', key, size], ['value', value, valueSize]];
      return [
        ...projections.flatMap(([name, shape, width]) => [
          [`${name}_kernel`, [shape.at(-1), heads, width]],
          ...(c.use_bias ? [[`${name}_bias`, [heads, width]]] : []),
        ]),
        ['output_kernel', [heads, valueSize, out]],
        ...(c.use_bias ? [['output_bias', [out]]] : []),
      ];
    },
    outputShape: (shapes) => [...listOf(shapes)[0].slice(0, -1), [c.output_shape ?? listOf(shapes)[0].at(-1)].flat()[0]],
    call([query, value = query, key = value], values, {mask}) {
      const step = c.use_bias ? 2 : 1;
      const pair = (index) => [values[index * step], c.use_bias ? values[index * step + 1] : null];
      const q = project(query, ...pair(0)).mul(1 / Math.sqrt(c.key_dim));
      const k = project(key, ...pair(1));
      const v = project(value, ...pair(2));
      const scores = tf.matMul(q, k, false, true);
      const heads = tf.softmax(mask ? scores.add(biasOf(mask)) : scores).matMul(v);  // (b, h, t, v)
      const [kernel, bias] = pair(3);
      const [count, width, out] = kernel.shape;
      const flat = heads.transpose([0, 2, 1, 3]).reshape([-1, count * width]);
      const y = flat.matMul(kernel.reshape([count * width, out]));
      return (bias ? y.add(bias) : y).reshape([...query.shape.slice(0, -1), out]);
    },
  }),
};
