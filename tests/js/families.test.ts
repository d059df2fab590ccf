/** Networks of every architecture family, as PyTorch's and Keras's exporters write them, agree with what the frameworks compute.
 * Made by tests/golden/make_families.py and make_keras.py. PHASELENS_FAMILIES names a directory with more of them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parts } from '../../web/models/layers.js';
import { bytesOf, channel, collect, loadModel, type Model, neuron, type Objective } from './support.js';

interface Summed {
  largest: number;
  sums: number[];
}

/** Without a place: the mean over all. */
interface Unit {
  index: number;
  y?: number;
  x?: number;
}

interface GoldenLayer {
  name: string;
  shape: number[];
  values: Summed;
  gradients: (Summed & { axis: number; unit: Unit })[]; // for every axis of the shape that may hold the units
}

interface Golden {
  family: string;
  exporter: string;
  opset: number;
  modules: string[];
  image: { seed: number; side: number };
  layers: GoldenLayer[];
}

const committed = fileURLToPath(new URL('../golden/exported', import.meta.url));
const more = process.env.PHASELENS_FAMILIES;

/** Largest deviation of a sum over the largest value. Rounding leaves some 1e-5. */
const tolerance = 1e-4;

function mix(index: number): number {
  let h = Math.imul(index, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca77);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae3d);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The image of tests/golden/families/formulas.py. */
function makeImage({ seed, side }: Golden['image']) {
  const data = new Float32Array(side * side * 3);
  for (let i = 0; i < data.length; i++) {
    const c = i % 3;
    const x = Math.floor(i / 3) % side;
    const y = Math.floor(i / 3 / side);
    const block = mix((seed << 20) | (((y >> 3) * 64 + (x >> 3)) * 4 + c)) & 255;
    const pixel = mix((seed << 20) | (1 << 18) | ((y * side + x) * 4 + c)) & 0xffff;
    data[i] = (block * 256 + pixel) / 2 ** 17;
  }
  return { data, height: side, width: side };
}

function deviation(values: Float32Array, { largest, sums }: Summed): number {
  const found = new Float64Array(sums.length);
  values.forEach((value, i) => {
    const h = mix(i);
    found[h & 63]! += h & 64 ? -value : value;
  });
  const deviations = sums.map((sum, k) => Math.abs(found[k]! - sum));
  return deviations.some(Number.isNaN) ? Infinity : Math.max(...deviations) / largest;
}

/** The gradient along the axis where the model finds the layer's units. */
function gradientOf(model: Model, { name, shape, gradients }: GoldenLayer) {
  const layer = model.layers.find((layer) => layer.name === name);
  const found = layer?.runs ? gradients.find(({ axis }) => axis === layer.unitAxis) : gradients[0];
  if (!found) throw new Error(`layer '${name}' of shape ${shape.join('x')} cannot have its units along axis ${layer?.unitAxis}`);
  return found;
}

function objectiveOf(name: string, { index, y, x }: Unit): Objective {
  return y === undefined ? channel(name, index) : neuron(name, index, y, x);
}

function describeNetworks(directory: string): void {
  const names = readdirSync(directory)
    .filter((name) => name.endsWith('.onnx.gz'))
    .map((name) => name.slice(0, -'.onnx.gz'.length));

  it('are there', () => expect(names.length).toBeGreaterThan(0));

  describe.each(names)('%s', (name) => {
    const golden = JSON.parse(readFileSync(join(directory, `${name}.json`), 'utf8')) as Golden;
    const { family, exporter, opset, layers } = golden;
    const image = makeImage(golden.image);
    const depth = (i: number) => ['early', 'middle', 'last'][i];
    const load = (workers: number): Promise<Model> => {
      const file = new Uint8Array(gunzipSync(readFileSync(join(directory, `${name}.onnx.gz`))));
      return loadModel(file, { preprocessing: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] }, workers });
    };
    let model: Model;

    beforeAll(async () => {
      model = await load(1);
    });
    afterAll(() => model?.dispose());

    const where = (layer: GoldenLayer, i: number, what: string) =>
      `${family}, ${exporter}, opset ${opset}, ${depth(i)} layer '${layer.name}': deviation of its ${what}`;

    it('runs to every layer', () => {
      const missing = model.layers.filter(({ runs }) => !runs).map(({ name, kind }) => `${name} (${kind})`);
      expect(missing.slice(0, 1)).toEqual([]);
    });

    it('computes the values', async () => {
      for (const [i, layer] of layers.entries()) {
        const { data, shape } = await model.activations(image, layer.name);
        expect(shape, where(layer, i, 'shape')).toEqual(layer.shape);
        expect(deviation(data, layer.values), where(layer, i, 'values')).toBeLessThan(tolerance);
      }
    });

    it('computes the gradients', async () => {
      for (const [i, layer] of layers.entries()) {
        const wanted = gradientOf(model, layer);
        const { gradient } = await model.gradient(image, objectiveOf(layer.name, wanted.unit));
        expect(deviation(gradient.data, wanted), where(layer, i, 'gradient')).toBeLessThan(tolerance);
      }
    });

    it('has layers with names', () => {
      const found = model.layers.map(({ name }) => name);
      expect(found.filter((layer) => !layer)).toEqual([]);
      expect(new Set(found).size).toBe(found.length);
      const blocks = new Set(found.flatMap((layer) => parts(layer)).map((part) => part.replace(/(\.\d+)+$/, '')));
      for (const module of golden.modules) expect(blocks, `${module} is a module with layers`).toContain(module);
    });

    it('makes the same picture of its last layer with any number of workers', async () => {
      const last = layers.at(-1)!;
      const objective = objectiveOf(last.name, gradientOf(model, last).unit);
      const options = { size: Math.max(golden.image.side, 32), steps: 2, crops: 3, seed: 3, outputs: ['values'] } as const;
      const two = await load(2);
      try {
        const [alone, shared] = await Promise.all([model, two].map((one) => collect(one.visualize(objective, options))));
        expect(alone).toHaveLength(2);
        for (const [i, { score, values }] of alone!.entries()) {
          expect(score).not.toBeNaN();
          expect(bytesOf(values!).equals(bytesOf(shared![i]!.values!))).toBe(true);
        }
      } finally {
        await two.dispose();
      }
    });
  });
}

describe('exported networks', () => describeNetworks(committed));

describe.skipIf(!more)('exported networks of PHASELENS_FAMILIES', () => {
  if (more) describeNetworks(more);
  else it('are there', () => {});
});
