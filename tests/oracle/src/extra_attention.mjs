// SPDX-License-Identifier: GPL-3.0-or-later
// MultiHeadAttention as Keras documents it (Vaswani et al., 2017), without masks.
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

export const layers = {
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
    call([query, value = query, key = value], values) {
      const step = c.use_bias ? 2 : 1;
      const pair = (index) => [values[index * step], c.use_bias ? values[index * step + 1] : null];
      const q = project(query, ...pair(0)).mul(1 / Math.sqrt(c.key_dim));
      const k = project(key, ...pair(1));
      const v = project(value, ...pair(2));
      const heads = tf.softmax(tf.matMul(q, k, false, true)).matMul(v);  // (b, h, t, v)
      const [kernel, bias] = pair(3);
      const [count, width, out] = kernel.shape;
      const flat = heads.transpose([0, 2, 1, 3]).reshape([-1, count * width]);
      const y = flat.matMul(kernel.reshape([count * width, out]));
      return (bias ? y.add(bias) : y).reshape([...query.shape.slice(0, -1), out]);
    },
  }),
};
