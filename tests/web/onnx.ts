/** Writes small ONNX files, field by field, so that tests can open models of their own. */

type Bytes = Buffer;

function varint(value: number): Bytes {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Buffer.from([...bytes, value]);
}

const whole = (field: number, value: number): Bytes => Buffer.concat([varint(field * 8), varint(value)]);

function bytes(field: number, value: Bytes | string): Bytes {
  const data = Buffer.from(value as string);
  return Buffer.concat([varint(field * 8 + 2), varint(data.length), data]);
}

const message = (field: number, ...parts: Bytes[]): Bytes => bytes(field, Buffer.concat(parts));

export interface Node {
  op: string;
  inputs: string[];
  output: string;
  name?: string;
  ints?: Record<string, number | number[]>;
}

export interface Tensor {
  name: string;
  shape: number[];
  values: Float32Array | BigInt64Array;
}

function nodeField({ op, inputs, output, name = output, ints = {} }: Node): Bytes {
  const attributes = Object.entries(ints).map(([key, values]) =>
    typeof values === 'number'
      ? message(5, bytes(1, key), whole(3, values), whole(20, 2))
      : message(5, bytes(1, key), ...values.map((value) => whole(8, value)), whole(20, 7)),
  );
  return message(1, ...inputs.map((input) => bytes(1, input)), bytes(2, output), bytes(3, name), bytes(4, op), ...attributes);
}

interface Beside {
  location: string;
  data: Bytes[];
}

/** `beside`: a file that takes the values instead, and what is in it already. */
function tensorField({ name, shape, values }: Tensor, beside?: Beside): Bytes {
  const raw = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const head = [...shape.map((size) => whole(1, size)), whole(2, values instanceof Float32Array ? 1 : 7), bytes(8, name)];
  if (!beside) return message(5, ...head, bytes(9, raw));
  const offset = Buffer.concat(beside.data).length;
  beside.data.push(raw);
  const entries = { location: beside.location, offset: String(offset), length: String(raw.length) };
  const parts = Object.entries(entries).map(([key, value]) => message(13, bytes(1, key), bytes(2, value)));
  return message(5, ...head, ...parts, whole(14, 1));
}

function valueField(field: number, name: string, shape: number[]): Bytes {
  const dims = shape.map((size) => message(1, whole(1, size)));
  return message(field, bytes(1, name), message(2, message(1, whole(1, 1), message(2, ...dims))));
}

export interface Graph {
  nodes: Node[];
  weights: Tensor[];
  input: { name: string; shape: number[] };
  output: { name: string; shape: number[] };
}

export function onnxFile({ nodes, weights, input, output }: Graph, beside?: Beside): Bytes {
  const graph = message(
    7,
    ...nodes.map(nodeField),
    bytes(2, 'graph'),
    ...weights.map((tensor) => tensorField(tensor, beside)),
    valueField(11, input.name, input.shape),
    valueField(12, output.name, output.shape),
  );
  return Buffer.concat([whole(1, 8), graph, message(8, bytes(1, ''), whole(2, 13))]);
}

/**
 * Two convolutions and a mean, with weights from a seeded sequence; `odd` puts an operator in between that nobody has, `fixed` takes
 * a matrix product instead of the mean, which works at one size only, `open` does not say which, `bytes` divides pixels by 255 first,
 * `squares` squares them.
 */
export function smallModel(
  { odd = false, fixed = false, open = false, bytes = false, squares = false, outputs = 5 } = {},
  beside?: Beside,
): Bytes {
  let seed = 7;
  const random = () => ((seed = (seed * 16807) % 2147483647) / 2147483647 - 0.5) * 0.6;
  const weights = (name: string, shape: number[]): Tensor => ({
    name,
    shape,
    values: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, random),
  });
  const conv = { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] };
  return onnxFile(
    {
      nodes: [
        ...(bytes ? [{ op: 'Div', inputs: ['x', 'most'], output: 'shares' }] : []),
        ...(squares ? [{ op: 'Mul', inputs: ['x', 'x'], output: 'squares' }] : []),
        { op: 'Conv', inputs: [bytes ? 'shares' : squares ? 'squares' : 'x', 'w1'], output: 'edges', ints: conv },
        { op: 'Relu', inputs: ['edges'], output: 'rectified' },
        ...(odd ? [{ op: 'Mystery', inputs: ['rectified'], output: 'puzzle', name: 'odd-one' }] : []),
        { op: 'Conv', inputs: [odd ? 'puzzle' : 'rectified', 'w2'], output: 'parts', ints: conv },
        ...(fixed
          ? [
              { op: 'Flatten', inputs: ['parts'], output: 'flat' },
              { op: 'MatMul', inputs: ['flat', 'w3'], output: 'scores' },
            ]
          : [
              { op: 'GlobalAveragePool', inputs: ['parts'], output: 'pooled' },
              { op: 'Flatten', inputs: ['pooled'], output: 'scores' },
            ]),
      ],
      weights: [
        weights('w1', [8, 3, 3, 3]),
        weights('w2', [outputs, 8, 3, 3]),
        ...(fixed ? [weights('w3', [256 * outputs, outputs])] : []),
        ...(bytes ? [{ name: 'most', shape: [1], values: Float32Array.of(255) }] : []),
      ],
      input: { name: 'x', shape: open ? [1, 3, 0, 0] : [1, 3, 64, 64] },
      output: { name: 'scores', shape: [1, outputs] },
    },
    beside,
  );
}

/** The small model with its weights in another file. */
export function splitModel(location: string): { file: Bytes; data: Bytes } {
  const beside: Beside = { location, data: [] };
  const file = smallModel({}, beside);
  return { file, data: Buffer.concat(beside.data) };
}

/** A chain of a thousand layers or so, named as PyTorch's exporter names them. */
export function deepModel(blocks: number): Bytes {
  const names = Array.from({ length: blocks }, (_, i) => [
    `/layers/layers.${i}/attn/Relu_output_0`,
    `/layers/layers.${i}/attn/Add_output_0`,
    `/layers/layers.${i}/act/Relu_output_0`,
    `/layers/layers.${i}/Add_output_0`,
  ]).flat();
  const nodes = names.map((output, i): Node => {
    const input = names[i - 1] ?? 'edges';
    return i % 2 ? { op: 'Add', inputs: [input, input], output } : { op: 'Relu', inputs: [input], output };
  });
  const values = Float32Array.from({ length: 3 * 3 }, (_, i) => ((i * 7) % 5) / 10 - 0.2);
  return onnxFile({
    nodes: [{ op: 'Conv', inputs: ['x', 'w'], output: 'edges', ints: { kernel_shape: [1, 1], strides: [8, 8] } }, ...nodes],
    weights: [{ name: 'w', shape: [3, 3, 1, 1], values }],
    input: { name: 'x', shape: [1, 3, 64, 64] },
    output: { name: names.at(-1)!, shape: [1, 3, 8, 8] },
  });
}

/** Nothing but a chain of operators, named by number. */
export function chainModel(count: number): Bytes {
  const nodes = Array.from({ length: count }, (_, i): Node => ({ op: 'Relu', inputs: [i ? `v${i}` : 'x'], output: `v${i + 1}` }));
  const end = { name: `v${count}`, shape: [1, 3, 8, 8] };
  return onnxFile({ nodes, weights: [], input: { name: 'x', shape: [1, 3, 8, 8] }, output: end });
}

/** Patches of 8 x 8 as tokens, with a class token before them. */
export function tokenModel(): Bytes {
  const random = (count: number) => Float32Array.from({ length: count }, (_, i) => ((i * 37) % 19) / 40 - 0.22);
  return onnxFile({
    nodes: [
      { op: 'Conv', inputs: ['x', 'w'], output: 'patch', ints: { kernel_shape: [8, 8], strides: [8, 8] } },
      { op: 'Reshape', inputs: ['patch', 'flat'], output: 'rows' },
      { op: 'Transpose', inputs: ['rows'], output: 'patches', ints: { perm: [0, 2, 1] } },
      { op: 'Concat', inputs: ['class', 'patches'], output: 'joined', ints: { axis: 1 } },
      { op: 'MatMul', inputs: ['joined', 'm'], output: 'tokens' },
    ],
    weights: [
      { name: 'w', shape: [4, 3, 8, 8], values: random(4 * 3 * 64) },
      { name: 'flat', shape: [3], values: BigInt64Array.of(1n, 4n, 64n) },
      { name: 'class', shape: [1, 1, 4], values: random(4) },
      { name: 'm', shape: [4, 6], values: random(24) },
    ],
    input: { name: 'x', shape: [1, 3, 64, 64] },
    output: { name: 'tokens', shape: [1, 65, 6] },
  });
}
