/** Weights that lie in a file beside the ONNX file. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkSizes } from '../../build/modules/api/external.js';
import { randoms, tinyNetwork, writeOnnx, writeSplit } from './onnx.js';
import {
  type LoadOptions,
  loadModel,
  loadTiny,
  logit,
  type Model,
  type Progress,
  plain,
  type Source,
  tinyFile,
} from './support.js';

const { file, data } = writeSplit(tinyNetwork(), 'tiny.onnx.data');
const image = { data: randoms(32 * 32 * 3, 9).map((value) => (value + 1) / 2), height: 32, width: 32 };
const logits = async (model: Model) => (await model.activations(image, 'logits')).data;

let folder: string;
let server: Server;
let address: string;
const asked: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phaselens-'));
  await writeFile(join(folder, 'tiny.onnx'), file);
  await writeFile(join(folder, 'tiny.onnx.data'), data);
  await mkdir(join(folder, 'alone'));
  await writeFile(join(folder, 'alone', 'tiny.onnx'), file);
  await writeFile(join(folder, 'whole.onnx'), tinyFile);
  server = createServer(async ({ url = '' }, response) => {
    const path = new URL(url, 'http://here').pathname;
    asked.push(path);
    try {
      response.end(await readFile(join(folder, decodeURIComponent(path))));
    } catch {
      response.writeHead(404).end();
    }
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

async function load(source: Source, options: LoadOptions = {}): Promise<Model> {
  return loadModel(source, { preprocessing: plain, workers: 2, ...options });
}

async function isTiny(model: Model): Promise<void> {
  const expected = await logits(await loadTiny());
  expect(await logits(model)).toEqual(expected);
  const steps = [];
  for await (const step of model.visualize(logit(1), { size: 32, steps: 2, crops: 4, preset: 'default' })) steps.push(step.score);
  expect(steps).toHaveLength(2); // helpers have the weights too
  await model.dispose();
}

describe('weights beside the model', () => {
  it('are found by its path', async () => {
    await isTiny(await load(join(folder, 'tiny.onnx')));
    await isTiny(await load(pathToFileURL(join(folder, 'tiny.onnx'))));
  });

  it('are fetched from where it is, and only where it names them', async () => {
    asked.length = 0;
    const progress: Progress[] = [];
    await isTiny(await load(`${address}/tiny.onnx?version=2`, { onProgress: (step) => progress.push(step) }));
    expect(asked).toEqual(['/tiny.onnx', '/tiny.onnx.data']);
    expect(progress).toContainEqual({ phase: 'download', loaded: data.length, total: data.length, cached: false });
    asked.length = 0;
    await isTiny(await load(`${address}/whole.onnx`));
    expect(asked).toEqual(['/whole.onnx']);
  });

  it('are given in every form that a source has', async () => {
    const forms: NonNullable<LoadOptions['externalData']>[] = [
      [new File([data], 'tiny.onnx.data')],
      [{ name: 'tiny.onnx.data', source: data }],
      [{ name: 'some folder/tiny.onnx.data', source: new Blob([data]) }],
      [join(folder, 'tiny.onnx.data')],
      [`${address}/tiny.onnx.data`],
      [new File(['other'], 'other.data'), pathToFileURL(join(folder, 'tiny.onnx.data'))],
    ];
    for (const externalData of forms) await isTiny(await load(file, { externalData }));
  });

  it('may be in a folder of their own', async () => {
    const split = writeSplit(tinyNetwork(), 'weights of it/tiny.bin');
    await mkdir(join(folder, 'weights of it'));
    await writeFile(join(folder, 'weights of it', 'tiny.bin'), split.data);
    await writeFile(join(folder, 'below.onnx'), split.file);
    await isTiny(await load(join(folder, 'below.onnx')));
    await isTiny(await load(`${address}/below.onnx`));
  });
});

describe('what is said', () => {
  it('where they are missing', async () => {
    const missing = { code: 'missing-data', message: expect.stringContaining("lie in another file, 'tiny.onnx.data'") };
    await expect(load(file)).rejects.toMatchObject(missing);
    await expect(load(new Blob([file]), { externalData: [new File([data], 'other.data')] })).rejects.toMatchObject(missing);
    await expect(load(join(folder, 'alone', 'tiny.onnx'))).rejects.toMatchObject(missing);
    await expect(load(`${address}/alone/tiny.onnx`)).rejects.toMatchObject(missing);
  });

  it('where they are those of another model, or lead out of the folder', async () => {
    const short = [{ name: 'tiny.onnx.data', source: data.slice(0, 100) }];
    await expect(load(file, { externalData: short })).rejects.toMatchObject({
      code: 'invalid-model',
      message: expect.stringContaining("of file 'tiny.onnx.data', which has 100"),
    });
    const outside = writeSplit(tinyNetwork(), '../tiny.onnx.data').file;
    asked.length = 0;
    await writeFile(join(folder, 'alone', 'outside.onnx'), outside);
    await expect(load(`${address}/alone/outside.onnx`)).rejects.toMatchObject({ code: 'invalid-model' });
    expect(asked).toEqual(['/alone/outside.onnx']);
    const wrong = [7] as unknown as NonNullable<LoadOptions['externalData']>;
    await expect(load(file, { externalData: wrong })).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  it('where the files are larger than what can be run', () => {
    const of = (size: number) => ({ size }) as Blob;
    const failure = (work: () => void) => {
      try {
        work();
      } catch (error) {
        return error;
      }
      return undefined;
    };
    expect(failure(() => checkSizes(of(2 ** 31)))).toMatchObject({
      code: 'unsupported-model',
      message: expect.stringContaining('2.1 GB'),
    });
    const external = [{ name: 'weights', file: of(2 ** 31) }];
    expect(failure(() => checkSizes(of(5), external))).toMatchObject({
      code: 'out-of-memory',
      message: expect.stringContaining('2.1 GB'),
    });
    expect(failure(() => checkSizes(of(2 ** 30), [{ name: 'weights', file: of(2 ** 30) }]))).toBeUndefined();
  });
});

describe('a generator', () => {
  const latent = {
    input: { name: 'latent', shape: [1, 4] },
    outputs: ['image'],
    nodes: [
      { op: 'MatMul', inputs: ['latent', 'matrix'], outputs: ['pixels'] },
      { op: 'Tanh', inputs: ['pixels'], outputs: ['bounded'] },
      { op: 'Reshape', inputs: ['bounded', 'shape'], outputs: ['image'] },
    ],
    tensors: [
      { name: 'matrix', shape: [4, 3 * 32 * 32], values: randoms(4 * 3 * 32 * 32, 3) },
      { name: 'shape', shape: [4], values: BigInt64Array.of(1n, 3n, 32n, 32n) },
    ],
  };
  const options = { parametrization: 'generator', steps: 2, crops: 2, outputs: ['image'], seed: 3 } as const;

  async function last(model: Model, generator: Source, more: object = {}): Promise<Float32Array | undefined> {
    let found: Float32Array | undefined;
    for await (const { image } of model.visualize(logit(1), { ...options, generator, ...more })) found = image;
    return found;
  }

  it('has its weights in another file too', async () => {
    const model = await loadTiny();
    const split = writeSplit(latent, 'generator.onnx.data');
    const expected = await last(model, writeOnnx(latent));
    const generatorData = [{ name: 'generator.onnx.data', source: split.data }];
    expect(await last(model, split.file, { generatorData })).toEqual(expected);
    await writeFile(join(folder, 'generator.onnx'), split.file);
    await writeFile(join(folder, 'generator.onnx.data'), split.data);
    expect(await last(model, join(folder, 'generator.onnx'))).toEqual(expected);
    await expect(last(model, split.file)).rejects.toMatchObject({ code: 'missing-data' });
    expect((await model.memory()).map(({ handles }) => handles)[0]).toBeLessThanOrEqual(4);
  });
});

describe('other names of a layer', () => {
  it('are told, and stand for it', async () => {
    const network = tinyNetwork();
    const nodes = [...network.nodes, { op: 'Identity', inputs: ['logits'], outputs: ['output'] }];
    const model = await loadTiny({}, writeOnnx({ ...network, nodes, outputs: ['output'] }));
    expect(model.logits).toBe('logits');
    expect(model.layers.find(({ name }) => name === 'logits')?.aliases).toEqual(['output']);
    expect(await model.activations(image, 'output')).toEqual(await model.activations(image, 'logits'));
    expect(await model.accepts(32, 'output')).toBe(true);
    const gradient = (layer: string) => model.gradient(image, { kind: 'logit', layer, unit: 2 });
    expect(await gradient('output')).toEqual(await gradient('logits'));
  });
});
