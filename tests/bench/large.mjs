// A network of ResNet-50's shape with random weights: 102 MB of ONNX, for measuring what loading costs.
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

class Writer {
  parts = [];
  weights = 0;
  #seed = 1;

  tensor(name, shape, scale) {
    const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
    for (let i = 0; i < values.length; i++) {
      this.#seed = (Math.imul(this.#seed, 1664525) + 1013904223) >>> 0;
      values[i] = (this.#seed / 2 ** 31 - 1) * scale;
    }
    this.weights += values.byteLength;
    this.parts.push(
      ...message(
        5,
        ...shape.flatMap((size) => int(1, size)),
        ...int(2, 1),
        ...text(8, name),
        ...message(9, Buffer.from(values.buffer)),
      ),
    );
  }

  node(op, inputs, output, attributes = {}) {
    const lists = Object.entries(attributes).flatMap(([key, values]) =>
      message(5, ...text(1, key), ...values.flatMap((value) => int(8, value)), ...int(20, 7)),
    );
    this.parts.push(...message(1, ...inputs.flatMap((name) => text(1, name)), ...text(2, output), ...text(4, op), ...lists));
    return output;
  }

  conv(input, name, from, to, side, stride = 1) {
    this.tensor(`${name}.w`, [to, from, side, side], Math.sqrt(3 / (from * side * side)));
    this.tensor(`${name}.b`, [to], 0.1);
    const pad = side >> 1;
    return this.node('Conv', [input, `${name}.w`, `${name}.b`], name, { strides: [stride, stride], pads: [pad, pad, pad, pad] });
  }

  relu(input) {
    return this.node('Relu', [input], `${input}.relu`);
  }

  block(input, name, from, width, stride) {
    const first = this.relu(this.conv(input, `${name}.conv1`, from, width, 1));
    const second = this.relu(this.conv(first, `${name}.conv2`, width, width, 3, stride));
    const third = this.conv(second, `${name}.conv3`, width, 4 * width, 1);
    const beside = from === 4 * width ? input : this.conv(input, `${name}.beside`, from, 4 * width, 1, stride);
    return this.relu(this.node('Add', [third, beside], `${name}.sum`));
  }
}

/** The file, and how many bytes of it are weights. */
export function largeModel() {
  const w = new Writer();
  let at = w.relu(w.conv('input', 'stem', 3, 64, 7, 2));
  at = w.node('MaxPool', [at], 'pool', { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  let channels = 64;
  for (const [stage, count] of [3, 4, 6, 3].entries()) {
    for (let i = 0; i < count; i++) {
      at = w.block(at, `stage${stage}.${i}`, channels, 64 << stage, stage && !i ? 2 : 1);
      channels = 4 * (64 << stage);
    }
  }
  at = w.node('Flatten', [w.node('GlobalAveragePool', [at], 'mean')], 'flat');
  w.tensor('head.w', [channels, 1000], 0.02);
  at = w.node('MatMul', [at, 'head.w'], 'logits');
  const sizes = [1, 3, 224, 224].flatMap((size) => message(1, ...int(1, size)));
  const input = message(11, ...text(1, 'input'), ...message(2, ...message(1, ...int(1, 1), ...message(2, ...sizes))));
  const graph = message(7, ...w.parts, ...input, ...message(12, ...text(1, at)));
  return { bytes: Buffer.concat([...int(1, 8), ...graph, ...message(8, ...int(2, 13))]), weights: w.weights };
}
