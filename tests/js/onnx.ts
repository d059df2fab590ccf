/** Writes small ONNX files: as much of the protobuf format as tests need. */

type Bytes = number[] | Uint8Array;

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
}

const concat = (...parts: Bytes[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));
const int = (field: number, value: number): Uint8Array => concat(varint(field * 8), varint(value));
const bytes = (field: number, value: Bytes): Uint8Array => concat(varint(field * 8 + 2), varint(value.length), value);
const text = (field: number, value: string): Uint8Array => bytes(field, new TextEncoder().encode(value));
const float = (field: number, value: number): Uint8Array =>
  concat(varint(field * 8 + 5), new Uint8Array(Float32Array.of(value).buffer));

export type Attribute = number | { float: number } | string | readonly number[];

export interface OnnxNode {
  op: string;
  inputs: readonly string[];
  outputs: readonly string[];
  name?: string;
  attributes?: Record<string, Attribute>;
}

export interface OnnxTensor {
  name: string;
  shape: readonly number[];
  values: Float32Array | BigInt64Array;
  /** The file in which they lie instead, and from which byte on. */
  external?: { location: string; offset: number };
}

export interface OnnxGraph {
  input: { name: string; shape: readonly (number | string)[] };
  outputs: readonly string[];
  nodes: readonly OnnxNode[];
  tensors: readonly OnnxTensor[];
  opset?: number;
}

function attribute(name: string, value: Attribute): Uint8Array {
  if (typeof value === 'number') return concat(text(1, name), int(3, value), int(20, 2));
  if (typeof value === 'string') return concat(text(1, name), text(4, value), int(20, 3));
  if ('float' in value) return concat(text(1, name), float(2, value.float), int(20, 1));
  return concat(text(1, name), ...value.map((item) => int(8, item)), int(20, 7));
}

function node({ op, inputs, outputs, name = outputs[0] ?? '', attributes = {} }: OnnxNode): Uint8Array {
  return concat(
    ...inputs.map((input) => text(1, input)),
    ...outputs.map((output) => text(2, output)),
    text(3, name),
    text(4, op),
    ...Object.entries(attributes).map(([key, value]) => bytes(5, attribute(key, value))),
  );
}

function tensor({ name, shape, values, external }: OnnxTensor): Uint8Array {
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const type = values instanceof Float32Array ? 1 : 7;
  const head = concat(...shape.map((size) => int(1, size)), int(2, type), text(8, name));
  if (!external) return concat(head, bytes(9, raw));
  const entries = { location: external.location, offset: String(external.offset), length: String(raw.length) };
  const parts = Object.entries(entries).map(([key, value]) => bytes(13, concat(text(1, key), text(2, value))));
  return concat(head, ...parts, int(14, 1));
}

function valueInfo(name: string, shape: readonly (number | string)[]): Uint8Array {
  const dimensions = shape.map((size) => bytes(1, typeof size === 'number' ? int(1, size) : text(2, size)));
  return concat(text(1, name), bytes(2, bytes(1, concat(int(1, 1), bytes(2, concat(...dimensions))))));
}

export function writeOnnx({ input, outputs, nodes, tensors, opset = 13 }: OnnxGraph): Uint8Array<ArrayBuffer> {
  const graph = concat(
    ...nodes.map((item) => bytes(1, node(item))),
    text(2, 'graph'),
    ...tensors.map((item) => bytes(5, tensor(item))),
    bytes(11, valueInfo(input.name, input.shape)),
    ...outputs.map((name) => bytes(12, text(1, name))),
  );
  return concat(int(1, 8), bytes(7, graph), bytes(8, int(2, opset))) as Uint8Array<ArrayBuffer>;
}

/** The graph with its weights in another file, which begins with some bytes of something else. */
export function writeSplit(graph: OnnxGraph, location: string): { file: Uint8Array<ArrayBuffer>; data: Uint8Array<ArrayBuffer> } {
  let data = new Uint8Array(5);
  const tensors = graph.tensors.map((item) => {
    const offset = data.length;
    data = concat(data, new Uint8Array(item.values.buffer, item.values.byteOffset, item.values.byteLength)) as typeof data;
    return { ...item, external: { location, offset } };
  });
  return { file: writeOnnx({ ...graph, tensors }), data };
}

/** The same pseudo-random values in [-scale, scale] for the same seed, everywhere. */
export function randoms(count: number, seed: number, scale = 1): Float32Array {
  let state = seed >>> 0 || 1;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 31 - 1) * scale;
  });
}

/** patch -> rows -> patches -> tokens (a class token first) -> features, for images of 24 x 24 in patches of 4 x 4. */
export function tokenNetwork(): OnnxGraph {
  const width = 6;
  return {
    input: { name: 'input', shape: ['batch', 3, 24, 24] },
    outputs: ['features'],
    nodes: [
      { op: 'Conv', inputs: ['input', 'w1'], outputs: ['patch'], attributes: { kernel_shape: [4, 4], strides: [4, 4] } },
      { op: 'Reshape', inputs: ['patch', 'flat'], outputs: ['rows'] },
      { op: 'Transpose', inputs: ['rows'], outputs: ['patches'], attributes: { perm: [0, 2, 1] } },
      { op: 'Concat', inputs: ['class', 'patches'], outputs: ['tokens'], attributes: { axis: 1 } },
      { op: 'MatMul', inputs: ['tokens', 'w2'], outputs: ['features'] },
    ],
    tensors: [
      { name: 'w1', shape: [width, 3, 4, 4], values: randoms(width * 48, 1) },
      { name: 'flat', shape: [3], values: BigInt64Array.of(1n, BigInt(width), 36n) },
      { name: 'class', shape: [1, 1, width], values: randoms(width, 2) },
      { name: 'w2', shape: [width, 9], values: randoms(width * 9, 3) },
    ],
  };
}

const channels = [3, 8, 12] as const;
export const classes = 5;
export const firstWeights = randoms(channels[1] * channels[0] * 9, 1, 0.4);
export const firstBias = randoms(channels[1], 2, 0.2);

/** conv1 -> relu1 -> conv2 (stride 2) -> relu2 -> pool -> flat -> logits -> probabilities, for images of side x side. */
export function tinyNetwork(side = 32): OnnxGraph {
  const weights = (name: string, shape: readonly number[], seed: number): OnnxTensor => {
    const count = shape.reduce((product, size) => product * size, 1);
    return { name, shape, values: randoms(count, seed, 0.4) };
  };
  return {
    input: { name: 'input', shape: ['batch', 3, side, side] },
    outputs: ['probabilities'],
    nodes: [
      {
        op: 'Conv',
        inputs: ['input', 'w1', 'b1'],
        outputs: ['conv1'],
        attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
      },
      { op: 'Relu', inputs: ['conv1'], outputs: ['relu1'] },
      {
        op: 'Conv',
        inputs: ['relu1', 'w2', 'b2'],
        outputs: ['conv2'],
        attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] },
      },
      { op: 'Relu', inputs: ['conv2'], outputs: ['relu2'] },
      { op: 'GlobalAveragePool', inputs: ['relu2'], outputs: ['pool'] },
      { op: 'Flatten', inputs: ['pool'], outputs: ['flat'] },
      { op: 'Gemm', inputs: ['flat', 'w3', 'b3'], outputs: ['logits'], attributes: { transB: 1 } },
      { op: 'Softmax', inputs: ['logits'], outputs: ['probabilities'], attributes: { axis: 1 } },
    ],
    tensors: [
      { name: 'w1', shape: [channels[1], channels[0], 3, 3], values: firstWeights },
      { name: 'b1', shape: [channels[1]], values: firstBias },
      weights('w2', [channels[2], channels[1], 3, 3], 3),
      weights('b2', [channels[2]], 4),
      weights('w3', [classes, channels[2]], 5),
      weights('b3', [classes], 6),
    ],
  };
}
