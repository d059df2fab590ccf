// A network as a list of layers -> the bytes of an ONNX file with random weights. Layers:
//   ['conv', channels, side, stride]             with a bias and a Relu
//   ['block', [[channels, side, stride], ...]]   convolutions with Relus between; their input, through a 1x1 where its shape changes,
//                                                is added before the last Relu
//   ['pool', side, stride]                       the highest value
//   ['mean']                                     over positions
//   ['dense', units]
import { Buffer } from 'node:buffer';

function varint(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Buffer.from([...bytes, value]);
}

const int = (field, value) => [varint(field * 8), varint(value)];
const sizeOf = (parts) => parts.reduce((sum, part) => sum + part.length, 0);
const message = (field, ...parts) => [varint(field * 8 + 2), varint(sizeOf(parts)), ...parts];
const text = (field, value) => message(field, Buffer.from(value));

const around = (side) => new Array(4).fill(side >> 1);

class Writer {
  parts = [];
  weights = 0;
  #seed = 1;

  tensor(name, shape, deviation) {
    const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
    const scale = deviation * Math.sqrt(3);
    for (let i = 0; i < values.length; i++) {
      this.#seed = (Math.imul(this.#seed, 1664525) + 1013904223) >>> 0;
      values[i] = (this.#seed / 2 ** 31 - 1) * scale;
    }
    this.weights += values.byteLength;
    const sizes = shape.flatMap((size) => int(1, size));
    this.parts.push(...message(5, ...sizes, ...int(2, 1), ...text(8, name), ...message(9, Buffer.from(values.buffer))));
    return name;
  }

  /** Attributes are lists of whole numbers. */
  node(op, inputs, output, attributes = {}) {
    const lists = Object.entries(attributes).flatMap(([key, values]) =>
      message(5, ...text(1, key), ...values.flatMap((value) => int(8, value)), ...int(20, 7)),
    );
    const names = [...inputs.flatMap((name) => text(1, name)), ...text(2, output), ...text(3, output)];
    this.parts.push(...message(1, ...names, ...text(4, op), ...lists));
    return output;
  }

  conv(input, name, from, to, side, stride) {
    const weights = this.tensor(`${name}.weight`, [to, from, side, side], Math.sqrt(2 / (from * side * side)));
    const bias = this.tensor(`${name}.bias`, [to], 0.05);
    return this.node('Conv', [input, weights, bias], name, { strides: [stride, stride], pads: around(side) });
  }

  relu(input) {
    return this.node('Relu', [input], `${input}.relu`);
  }
}

/** Each kind of layer: what it adds to the file, and the channels that come out. */
const layers = {
  conv(w, name, input, from, to, side, stride) {
    return [w.relu(w.conv(input, name, from, to, side, stride)), to];
  },
  block(w, name, input, from, convolutions) {
    let at = input,
      channels = from;
    for (const [i, [to, side, stride]] of convolutions.entries()) {
      at = w.conv(i ? w.relu(at) : at, `${name}.conv${i + 1}`, channels, to, side, stride);
      channels = to;
    }
    const stride = convolutions.reduce((product, [, , each]) => product * each, 1);
    const beside = from === channels && stride === 1 ? input : w.conv(input, `${name}.beside`, from, channels, 1, stride);
    return [w.relu(w.node('Add', [at, beside], `${name}.sum`)), channels];
  },
  pool(w, name, input, from, side, stride) {
    // Windows begin at the edge where they do not overlap.
    const pads = side > stride ? around(side) : [0, 0, 0, 0];
    return [w.node('MaxPool', [input], name, { kernel_shape: [side, side], strides: [stride, stride], pads }), from];
  },
  mean(w, name, input, from) {
    return [w.node('Flatten', [w.node('GlobalAveragePool', [input], name)], `${name}.flat`), from];
  },
  dense(w, name, input, from, units) {
    return [w.node('MatMul', [input, w.tensor(`${name}.weight`, [from, units], Math.sqrt(1 / from))], name), units];
  },
};

/** The file, for images of 3 x 224 x 224, and how many bytes of it are weights. */
export function networkFile(list) {
  const w = new Writer();
  let at = 'input',
    channels = 3;
  for (const [i, [kind, ...sizes]] of list.entries()) [at, channels] = layers[kind](w, `${i}.${kind}`, at, channels, ...sizes);
  const sizes = [1, 3, 224, 224].flatMap((size) => message(1, ...int(1, size)));
  const input = message(11, ...text(1, 'input'), ...message(2, ...message(1, ...int(1, 1), ...message(2, ...sizes))));
  const graph = message(7, ...w.parts, ...input, ...message(12, ...text(1, at)));
  return { bytes: Buffer.concat([...int(1, 8), ...graph, ...message(8, ...int(2, 13))]), weights: w.weights };
}
