// SPDX-License-Identifier: GPL-3.0-or-later
// Activations that tfjs has not, or not as exactly as float32 allows.
import tf from '@tensorflow/tfjs';

function register(className, apply) {
  const type = class extends tf.serialization.Serializable {
    static className = className;
    apply(x) {
      return apply(x);
    }
    getConfig() {
      return {};
    }
  };
  tf.serialization.registerClass(type);
}

/** erfc(x) for x >= 0 to about 1e-15, relative: the series below 2, else the continued fraction. */
function erfcPositive(x) {
  if (x < 2) {
    let term = x;
    let sum = x;
    for (let n = 1; n < 60; ++n) {
      term *= -x * x / n;
      sum += term / (2 * n + 1);
    }
    return 1 - 2 / Math.sqrt(Math.PI) * sum;
  }
  let fraction = 0;
  for (let k = 120; k > 0; --k) fraction = k / 2 / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}
const erfc = (x) => (x >= 0 ? erfcPositive(x) : 2 - erfcPositive(-x));
const normalCdf = (x) => erfc(-x / Math.SQRT2) / 2;
const normalPdf = (x) => Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);

const mapped = (x, f) => tf.tensor(Float32Array.from(x.dataSync(), f), x.shape);

/** x * P(X <= x), X ~ N(0, 1): the exact one. tfjs' erf is an approximation to 1.5e-7. */
const gelu = tf.customGrad((x, save) => {
  save([x]);
  return {
    value: mapped(x, (v) => v * normalCdf(v)),
    gradFunc: (dy, [saved]) => dy.mul(mapped(saved, (v) => normalCdf(v) + v * normalPdf(v))),
  };
});

register('exponential', (x) => tf.exp(x));
register('gelu', gelu);
/** Keras' gelu with approximate=True. */
register('geluTanh', (x) => {
  const inner = x.add(tf.pow(x, 3).mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
  return x.mul(0.5).mul(tf.tanh(inner).add(1));
});
/** Keras 3: relu6(x + 3) / 6. */
register('hardsigmoid3', (x) => tf.clipByValue(tf.div(tf.add(x, 3), 6), 0, 1));
register('silu', (x) => x.mul(tf.sigmoid(x)));
