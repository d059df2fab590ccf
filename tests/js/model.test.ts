import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classes, firstBias, firstWeights, randoms, tinyNetwork, tokenNetwork, writeOnnx } from './onnx.js';
import {
  channel,
  collect,
  failureOf,
  loadManifest,
  loadModel,
  loadTiny,
  logit,
  neuron,
  objectiveOf,
  type Progress,
  scale,
  sum,
  tinyFile,
} from './support.js';

const side = 32;
const image = { data: randoms(side * side * 3, 9).map((value) => (value + 1) / 2), height: side, width: side };

describe('loading', () => {
  it('tells layers, input and logits', async () => {
    const model = await loadTiny();
    expect(model.input).toEqual({ channels: 3, height: side, width: side, open: false });
    expect(model.logits).toBe('logits');
    expect(model.labels).toBeUndefined();
    expect(model.layers.map(({ name }) => name)).toEqual([
      'conv1',
      'relu1',
      'conv2',
      'relu2',
      'pool',
      'flat',
      'logits',
      'probabilities',
    ]);
    const kept = { aliases: [], block: '', units: 12, unitAxis: 1, prefixTokens: 0, runs: true };
    expect(model.layers[2]).toEqual({ name: 'conv2', kind: 'Conv', shape: [1, 12, 16, 16], ...kept });
  });

  it('shows where an operator that is missing stops the network', async () => {
    const network = tinyNetwork();
    const nodes = network.nodes.map((node) => (node.outputs[0] === 'pool' ? { ...node, op: 'NoSuchOperator' } : node));
    const model = await loadTiny({}, writeOnnx({ ...network, nodes }));
    const runs = Object.fromEntries(model.layers.map((layer) => [layer.name, layer.runs]));
    expect(runs).toMatchObject({ conv1: true, relu2: true, pool: false, logits: false });
  });

  it('tells which sizes a layer takes', async () => {
    const any = await loadTiny();
    expect(await any.accepts(48)).toBe(true);
    expect(await any.accepts({ height: 40, width: 64 }, 'conv2')).toBe(true);
    await expect(any.accepts(1.5)).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(any.accepts(0)).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(any.accepts(48, 'nothing')).rejects.toMatchObject({ code: 'unknown-layer' });
    const network = tinyNetwork();
    const positions = { name: 'positions', shape: [1, 12, 16, 16], values: randoms(12 * 16 * 16, 8) };
    const added = { op: 'Add', inputs: ['conv2', 'positions'], outputs: ['relu2'] };
    const nodes = network.nodes.map((node) => (node.outputs[0] === 'relu2' ? added : node));
    const one = await loadTiny({}, writeOnnx({ ...network, nodes, tensors: [...network.tensors, positions] }));
    expect(await one.accepts(side)).toBe(true);
    expect(await one.accepts(48)).toBe(false);
    expect(await one.accepts(48, 'conv2')).toBe(true);
  });

  it('finds a size that works where the file leaves it open, or takes the one that is asked for', async () => {
    const tokens = tokenNetwork();
    const positions = { name: 'positions', shape: [1, 37, 9], values: randoms(37 * 9, 8) };
    const flat = { name: 'flat', shape: [3], values: BigInt64Array.of(1n, 6n, -1n) };
    const file = writeOnnx({
      input: { name: 'input', shape: ['batch', 3, 'height', 'width'] },
      outputs: ['placed'],
      nodes: [...tokens.nodes, { op: 'Add', inputs: ['features', 'positions'], outputs: ['placed'] }],
      tensors: [...tokens.tensors.filter(({ name }) => name !== 'flat'), flat, positions],
    });
    const found = await loadTiny({}, file);
    expect(found.input).toEqual({ channels: 3, height: 24, width: 24, open: true });
    expect(found.layers.at(-1)).toMatchObject({ units: 9, prefixTokens: 1 });
    expect(await found.accepts(24)).toBe(true);
    expect(await found.accepts(32)).toBe(false);
    const wrong = found.visualize(channel('placed', 1), { size: 32, cropSize: 32, steps: 1 });
    await expect(collect(wrong)).rejects.toThrow(/sizes that this model takes: 24x24/);
    const chosen = await loadTiny({ size: { height: 16, width: 32 } }, file);
    expect(chosen.input).toMatchObject({ height: 16, width: 32 });
    expect(chosen.layers.find(({ name }) => name === 'features')).toMatchObject({ shape: [1, 33, 9], prefixTokens: 1 });
    await expect(loadTiny({ size: 16 })).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(loadTiny({ size: 1.5 }, file)).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  it('says where a file does something to its input that tells nothing of it', async () => {
    const network = tinyNetwork();
    const nodes = network.nodes.map((node) =>
      node.outputs[0] === 'conv1' ? { ...node, inputs: ['squares', 'w1', 'b1'] } : node,
    );
    const squares = { op: 'Mul', inputs: ['input', 'input'], outputs: ['squares'] };
    const model = await loadTiny({}, writeOnnx({ ...network, nodes: [squares, ...nodes] }));
    expect(model.preprocessingHint).toMatchObject({ found: false, unknown: true, bgr: false });
    expect(model.preprocessingHint.reason).toMatch(/^node 'squares' \(Mul\) does something to the input/);
  });

  it('takes the preprocessing that the graph asks for where none is given', async () => {
    const network = tinyNetwork();
    const nodes = network.nodes.map((node) => (node.outputs[0] === 'conv1' ? { ...node, inputs: ['scaled', 'w1', 'b1'] } : node));
    const scaled = { op: 'Mul', inputs: ['input', 'over255'], outputs: ['scaled'] };
    const tensors = [...network.tensors, { name: 'over255', shape: [], values: Float32Array.of(1 / 255) }];
    const file = writeOnnx({ ...network, nodes: [scaled, ...nodes], tensors });
    const model = await loadModel(file, { workers: 1 });
    expect(model.preprocessingHint).toMatchObject({ found: true, mean: [0, 0, 0] });
    expect(model.preprocessingHint.reason).toBe("node 'scaled' (Mul) normalizes the input, as it seems one from 0 to 255");
    expect(model.preprocessingHint.std[0]).toBeCloseTo(1 / 255, 6);
    const plainly = await loadTiny();
    const [inside, outside] = await Promise.all([model, plainly].map((either) => either.activations(image, 'logits')));
    inside!.data.forEach((value, i) => expect(value).toBeCloseTo(outside!.data[i]!, 4));
    await model.dispose();
    expect(plainly.preprocessingHint).toMatchObject({ found: false, unknown: false, reason: '' });
  });

  it('tells its progress', async () => {
    const progress: Progress[] = [];
    await loadTiny({ onProgress: (event) => progress.push(event) });
    expect(progress.at(-1)).toEqual({ phase: 'prepare', loaded: 1, total: 1 });
  });
});

describe('sources', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'phaselens-'));
    await writeFile(join(folder, 'tiny.onnx'), tinyFile);
    await writeFile(join(folder, 'labels.txt'), 'zero\none\r\ntwo\nthree\nfour\n');
    const entry = {
      id: 'tiny',
      title: 'Tiny',
      file: 'tiny.onnx',
      labels: 'labels.txt',
      normalization: { mean: [0.5, 0.5, 0.5], std: [2, 2, 2] },
      licence: 'MIT',
      suggested: [1],
    };
    await writeFile(join(folder, 'manifest.json'), JSON.stringify({ version: 1, models: [entry] }));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('loads from a path, a file address, a buffer and a blob alike', async () => {
    const path = join(folder, 'tiny.onnx');
    const buffer = tinyFile.buffer.slice(0);
    for (const source of [path, pathToFileURL(path), buffer, new Blob([tinyFile])]) {
      const model = await loadModel(source, { workers: 1 });
      expect(model.layers).toHaveLength(8);
      await model.dispose();
    }
    expect(buffer.byteLength).toBe(tinyFile.length); // still the caller's
  });

  it('takes labels and preprocessing from a manifest', async () => {
    const [entry] = await loadManifest(join(folder, 'manifest.json'));
    expect(entry).toMatchObject({ id: 'tiny', title: 'Tiny', licence: 'MIT', fields: { suggested: [1] } });
    const model = await loadModel(entry!, { workers: 1 });
    expect(model.labels).toEqual(['zero', 'one', 'two', 'three', 'four']);
    expect(model.labelsError).toBeUndefined();
    const { data } = await model.activations(image, 'conv1');
    expect(data[0]).toBeCloseTo(firstConvolution(0, 0, 0, 0.5, 2), 5);
    await model.dispose();
  });

  it.each([
    ['missing', 'gone.txt', { code: 'network' }],
    ['other names', 'four.txt', { message: 'The labels are 4 names, and the logits, "logits", are 5.' }],
  ])('opens a model whose manifest lists labels that are %s', async (_, labels, failure) => {
    await writeFile(join(folder, 'four.txt'), 'zero\none\ntwo\nthree\n');
    const [entry] = await loadManifest(join(folder, 'manifest.json'));
    const labelsUrl = pathToFileURL(join(folder, labels)).href;
    const model = await loadModel({ ...entry!, labelsUrl }, { workers: 1 });
    expect(model.labels).toBeUndefined();
    expect(model.labelsError).toMatchObject(failure);
    expect(() => objectiveOf({ unit: 'two' }, model)).toThrow(model.labelsError!);
    expect(objectiveOf({ unit: 2 }, model)).toEqual(logit(2));
    await model.dispose();
    expect(await failureOf(loadModel(entry!, { labels: labelsUrl }))).toMatchObject(failure);
  });
});

/** conv1 at one place, computed here. */
function firstConvolution(unit: number, y: number, x: number, mean: number, std: number): number {
  let value = firstBias[unit]!;
  for (let c = 0; c < 3; c++) {
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        if (y + dy < 0 || y + dy >= side || x + dx < 0 || x + dx >= side) continue;
        const pixel = image.data[((y + dy) * side + x + dx) * 3 + c]!;
        value += firstWeights[((unit * 3 + c) * 3 + dy + 1) * 3 + dx + 1]! * ((pixel - mean) / std);
      }
    }
  }
  return value;
}

describe('activations', () => {
  it('are the values that ONNX defines, channel by channel', async () => {
    const model = await loadTiny({ preprocessing: { mean: [0.4, 0.4, 0.4], std: [0.2, 0.2, 0.2] } });
    const { data, shape } = await model.activations(image, 'conv1');
    expect(shape).toEqual([1, 8, side, side]);
    expect(data).toHaveLength(8 * side * side);
    for (const [unit, y, x] of [
      [0, 0, 0],
      [3, 5, 31],
      [7, 31, 12],
    ] as const) {
      expect(data[(unit * side + y) * side + x]).toBeCloseTo(firstConvolution(unit, y, x, 0.4, 0.2), 4);
    }
  });

  it('take an image of any size, in floats or as RGBA', async () => {
    const model = await loadTiny();
    const rgba = new Uint8ClampedArray(50 * 40 * 4).map((_, i) => (i * 7) % 256);
    const floats = new Float32Array(50 * 40 * 3).map((_, i) => rgba[Math.floor(i / 3) * 4 + (i % 3)]! / 255);
    const fromBytes = await model.activations({ data: rgba, height: 50, width: 40 }, 'logits');
    const fromFloats = await model.activations({ data: floats, height: 50, width: 40 }, 'logits');
    expect(fromBytes.shape).toEqual([1, classes]);
    expect(fromBytes.data).toEqual(fromFloats.data);
  });

  it('leave the image as it is', async () => {
    const model = await loadTiny();
    await model.activations(image, 'conv1');
    expect(image.data).toHaveLength(side * side * 3);
  });
});

describe('gradient', () => {
  const objectives = {
    logit: logit(2),
    channel: channel('conv2', 3),
    neuron: neuron('relu1', 4, 10, 20),
    sum: sum(logit(1), scale(channel('conv1', 2), -0.5)),
  };

  it.each(Object.entries(objectives))('of a %s is the slope of its score', async (_, objective) => {
    const model = await loadTiny();
    const { gradient } = await model.gradient(image, objective);
    expect(gradient.data).toHaveLength(image.data.length);
    const norm = Math.hypot(...gradient.data);
    const direction = gradient.data.map((value) => value / norm);
    const scoreAt = async (distance: number) => {
      const data = image.data.map((value, i) => value + distance * direction[i]!);
      return (await model.gradient({ ...image, data }, objective)).score;
    };
    const slope = ((await scoreAt(0.02)) - (await scoreAt(-0.02))) / 0.04;
    expect(Math.abs(slope - norm) / norm).toBeLessThan(0.02);
  });

  it('scores what activations tell', async () => {
    const model = await loadTiny();
    const { data } = await model.activations(image, 'logits');
    const { score } = await model.gradient(image, logit(3));
    expect(score).toBeCloseTo(data[3]!, 5);
    const conv2 = (await model.activations(image, 'conv2')).data.subarray(5 * 256, 6 * 256);
    const mean = conv2.reduce((total, value) => total + value, 0) / 256;
    expect((await model.gradient(image, channel('conv2', 5))).score).toBeCloseTo(mean, 5);
  });
});

describe('tokens', () => {
  const patch = { data: randoms(24 * 24 * 3, 9).map(Math.abs), height: 24, width: 24 };

  it('are told from the class token, and channels of an image from features', async () => {
    const model = await loadTiny({}, writeOnnx(tokenNetwork()));
    const told = model.layers.map(({ name, units, unitAxis, prefixTokens }) => [name, units, unitAxis, prefixTokens]);
    expect(told).toEqual([
      ['patch', 6, 1, 0],
      ['rows', 6, 1, 0],
      ['patches', 6, 2, 0],
      ['tokens', 6, 2, 1],
      ['features', 9, 2, 1],
    ]);
  });

  it('are averaged over as the objective says', async () => {
    const model = await loadTiny({}, writeOnnx(tokenNetwork()));
    const { data } = await model.activations(patch, 'features');
    const unit = Array.from({ length: 37 }, (_, token) => data[token * 9 + 4]!);
    const mean = (list: number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
    const score = async (objective = channel('features', 4)) => (await model.gradient(patch, objective)).score;
    expect(await score()).toBeCloseTo(mean(unit), 4);
    expect(await score(channel('features', 4, { tokens: 'patches' }))).toBeCloseTo(mean(unit.slice(1)), 4);
    expect(await score(channel('features', 4, { tokens: 'class' }))).toBeCloseTo(unit[0]!, 4);
    await expect(score(channel('patch', 1, { tokens: 'class' }))).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(score({ ...channel('features', 1), tokens: 'some' as 'all' })).rejects.toThrow(/'patches' or 'class'/);
  });
});
