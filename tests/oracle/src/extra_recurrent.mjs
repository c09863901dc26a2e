// SPDX-License-Identifier: GPL-3.0-or-later
// GRU with reset_after (Keras 2's default): the reset gate works on the product, and the recurrent
// product has its own bias. The loop over time, masks and states are those of tfjs' RNN.
import tf from '@tensorflow/tfjs';

class GruResetAfterCell extends tf.layers.Layer {
  constructor({units, ...args}) {
    super({name: args.name, trainable: args.trainable});
    this.units = units;
    this.stateSize = units;
  }
  build(inputShape) {
    const zeros = tf.initializers.zeros();
    const add = (name, shape) => this.addWeight(name, shape, 'float32', zeros);
    this.kernel = add('kernel', [inputShape.at(-1), 3 * this.units]);
    this.recurrentKernel = add('recurrent_kernel', [this.units, 3 * this.units]);
    this.bias = add('bias', [2, 3 * this.units]);
    this.built = true;
  }
  call([x, h]) {
    return tf.tidy(() => {
      const [inputBias, recurrentBias] = tf.unstack(this.bias.read());
      const [xz, xr, xh] = tf.split(x.matMul(this.kernel.read()).add(inputBias), 3, 1);
      const [hz, hr, hh] = tf.split(h.matMul(this.recurrentKernel.read()).add(recurrentBias), 3, 1);
      const z = tf.sigmoid(xz.add(hz));
      const r = tf.sigmoid(xr.add(hr));
      const candidate = tf.tanh(xh.add(r.mul(hh)));
      const next = z.mul(h).add(tf.scalar(1).sub(z).mul(candidate));
      return [next, next];
    });
  }
  getConfig() {
    return {...super.getConfig(), units: this.units};
  }
  static className = 'GruResetAfterCell';
}
tf.serialization.registerClass(GruResetAfterCell);

class GruResetAfter extends tf.RNN {
  constructor(args) {
    super({...args, cell: new GruResetAfterCell({units: args.units, trainable: args.trainable})});
    this.args = args;
  }
  getConfig() {
    const {units, returnSequences, returnState, goBackwards, kerasId} = this.args;
    return {name: this.name, trainable: this.trainable, units, returnSequences, returnState, goBackwards, kerasId};
  }
  static fromConfig(type, config) {
    return new type(config);
  }
  static className = 'GruResetAfter';
}
tf.serialization.registerClass(GruResetAfter);

export const layers = {GRU: () => undefined};
export const entry = (config) => ({class_name: 'GruResetAfter', config});
