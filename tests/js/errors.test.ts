import fs from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromPlainError, toPlainError, workerFailed } from '../../build/modules/base/errors.js';
import { tinyNetwork, writeOnnx } from './onnx.js';
import type { Model, Objective, Progress, VisualizeOptions } from './support.js';
import {
  channel,
  collect,
  direction,
  failureOf,
  handlesOf,
  loadManifest,
  loadModel,
  loadTiny,
  logit,
  magnitudeFile,
  neuron,
  PhaselensError,
  plain,
  product,
  quick,
  scale,
  sum,
  tinyFile,
} from './support.js';

const image = { data: new Float32Array(32 * 32 * 3).fill(0.5), height: 32, width: 32 };

/** No JSON can hold it. */
const endless: Record<string, unknown> = { kind: 'sum' };
endless.of = [endless];

describe('models', () => {
  it.each([
    ['a text', new TextEncoder().encode('This is no network.'), 'invalid-model'],
    ['nothing', new Uint8Array(0), 'invalid-model'],
    ['half a file', tinyFile.slice(0, tinyFile.length >> 1), 'invalid-model'],
  ])('%s is refused', async (_, bytes, code) => {
    const error = await failureOf(loadModel(bytes, { workers: 1 }));
    expect(error).toBeInstanceOf(PhaselensError);
    expect(error).toMatchObject({ name: 'PhaselensError', code });
    expect(error.message).not.toBe('');
  });

  it('name the operator that is missing', async () => {
    const network = tinyNetwork();
    const nodes = network.nodes.map((node) => (node.outputs[0] === 'pool' ? { ...node, op: 'NoSuchOperator' } : node));
    const model = await loadTiny({}, writeOnnx({ ...network, nodes }));
    const errors = [
      await failureOf(model.activations(image, 'logits')),
      await failureOf(model.gradient(image, logit(1))),
      await failureOf(collect(model.visualize(logit(1), quick))),
    ];
    for (const error of errors) {
      expect(error.code).toBe('unsupported-op');
      expect(error.message).toContain('NoSuchOperator');
      expect(error.message).toContain('pool');
      expect(error.message).toContain("up to layer 'relu2'");
      expect(error.lastLayer).toBe('relu2');
    }
    expect((await model.activations(image, 'relu2')).shape).toEqual([1, 12, 16, 16]);
  });
});

describe('messages', () => {
  const long = 'x'.repeat(1_500_000);
  const cases: [string, (model: Model) => Promise<unknown>, RegExp][] = [
    ['an option', async (model) => model.visualize(logit(1), { [long]: 1 }), /There is no option xxx.* Options are .*signal/],
    ['a preset', async (model) => model.visualize(logit(1), { preset: long }), /preset is one of .*, not "xxx/],
    [
      'a value',
      async (model) => model.visualize(logit(1), { steps: { of: [long, long] } } as never),
      /steps .*, not \{"of":\["xxx/,
    ],
    [
      'bytes',
      async (model) => model.visualize(logit(1), { crops: new Uint8Array(1 << 24) } as never),
      /Uint8Array of 16777216 bytes/,
    ],
    [
      'many values',
      async (model) => model.visualize(logit(1), { range: Array(1 << 20).fill(0) } as never),
      /a pair .*, not \[0,0/,
    ],
    ['an objective', async (model) => model.visualize(long as never), /is an object that .*, not "xxx/],
    ['a layer', (model) => model.activations(image, long), /xxx/],
    ['the layer of an objective', (model) => collect(model.visualize(channel(long, 1))), /layer 'xxx[\s\S]*'/],
    ['a kind', (model) => collect(model.visualize({ kind: long } as never)), /kind is 'xxx[\s\S]*'/],
    ['a note', (model) => model.resume(new TextEncoder().encode(long)), /checkpoint/],
    ['an address', () => loadModel(`data:${long}`), /^data:xxx.* could not be fetched/],
    ['a path', () => loadModel(long), /^xxx.* could not be read/],
    ['labels', () => loadTiny({ labels: [[long, {}]] as never }), /The labels have .*xxx.* for unit 0, which is no name/],
    ['a manifest', () => loadManifest(`data:,${long}`), /^data:,xxx.* is not JSON: /],
    ['a build', () => loadTiny({ build: long as never }), /The build is .*, not "xxx/],
    ['workers', () => loadTiny({ workers: long as never }), /workers is .*, not "xxx/],
  ];

  it.each(cases)('of a mistake of any length have an end: %s', async (_, make, message) => {
    const model = await loadTiny();
    const error = await failureOf(make(model));
    expect(error).toBeInstanceOf(PhaselensError);
    expect(error.message.length).toBeLessThan(2100);
    expect(error.message).toMatch(message);
  });
});

describe('out of memory', () => {
  const ways: [string, unknown][] = [
    ['V8, an array', new RangeError('Array buffer allocation failed')],
    ['V8, a list', new RangeError('Invalid array length')],
    ['V8, WebAssembly', new RangeError('WebAssembly.instantiate(): Out of memory: Cannot allocate Wasm memory for new instance')],
    ['Firefox', Object.assign(new Error('out of memory'), { name: 'InternalError' })],
    ['Safari', new RangeError('Out of memory')],
  ];
  it.each(ways)('is called that, as %s says it', (_, thrown) => {
    const error = fromPlainError(toPlainError(thrown));
    expect(error).toMatchObject({ name: 'PhaselensError', code: 'out-of-memory' });
    expect(error.message).toBe(`Out of memory: ${(thrown as Error).message}.`);
  });

  it('is called that where a worker ends of it', () => {
    const cause = Object.assign(new Error('Worker terminated due to reaching memory limit'), {
      code: 'ERR_WORKER_OUT_OF_MEMORY',
    });
    const error = workerFailed(`failed: ${cause.message}`, cause);
    expect(error.code).toBe('out-of-memory');
    expect(error.message).toMatch(/^Out of memory: a worker failed: .*\. The model cannot be used any more\.$/);
  });

  it('is not what other mistakes are called', () => {
    for (const thrown of [new RangeError('Maximum call stack size exceeded'), new Error('unreachable'), 'boom', null, undefined])
      expect(toPlainError(thrown).code).toBe('worker-failed');
  });
});

describe('responses', () => {
  it('are read once, and must not have been read', async () => {
    let asked = 0;
    const server = createServer((request, response) => {
      asked++;
      response.statusCode = request.url === '/tiny.onnx' ? 200 : 404;
      response.end(tinyFile);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tiny.onnx`;
    try {
      const progress: number[] = [];
      const response = await fetch(url);
      const model = await loadModel(response, { workers: 1, onProgress: ({ loaded }) => progress.push(loaded) });
      expect(model.logits).toBe('logits');
      await model.dispose();
      expect(asked).toBe(1);
      expect(progress).toContain(tinyFile.length);
      const again = await failureOf(loadModel(response, { workers: 1 }));
      const message = `The response of ${url} has been read already: give it unread, or what was read of it.`;
      expect(again).toMatchObject({ code: 'invalid-argument', message });
      const missing = await failureOf(loadModel(await fetch(`${url}x`), { workers: 1 }));
      expect(missing.message).toBe(`The response of ${url}x could not be fetched: the server answered 404 Not Found.`);
      expect(asked).toBe(2);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});

describe('names and values', () => {
  const cases: [string, Objective, VisualizeOptions, string, RegExp][] = [
    ['a layer', channel('conv9', 1), {}, 'unknown-layer', /conv9/],
    ['a unit', channel('conv1', 8), {}, 'unknown-unit', /8/],
    ['a logit', logit(5), {}, 'unknown-unit', /5/],
    ['a position', neuron('conv1', 1, 40, 2), {}, 'unknown-unit', /40/],
    ['a magnitude', logit(1), { magnitude: new Uint8Array(1000) }, 'invalid-magnitude', /./],
    ['an empty magnitude', logit(1), { magnitude: new Uint8Array(0) }, 'invalid-magnitude', /./],
    ['little memory', logit(1), { memoryBudget: 1000 }, 'out-of-memory', /^out of memory: /],
  ];

  it.each(cases)('%s is refused by the iteration', async (_, objective, options, code, message) => {
    const model = await loadTiny();
    const error = await failureOf(collect(model.visualize(objective, { ...quick, ...options })));
    expect(error).toMatchObject({ name: 'PhaselensError', code });
    expect(error.message).toMatch(message);
    await expect.poll(() => handlesOf(model)).toEqual([1, 1]);
    expect(await collect(model.visualize(logit(1), { ...quick, steps: 2 }))).toHaveLength(2); // the model is as good as before
  });

  it.each([
    [{ step: 3 }, /no option step/],
    [{ steps: '12' }, /steps/],
    [{ size: 8 }, /size.*8/],
    [{ size: 100_000 }, /size.*100000/],
    [{ crops: 0 }, /crops/],
    [{ steps: 1.5 }, /steps/],
    [{ seed: -1 }, /seed/],
    [{ boxSide: [0.3, 0.8] }, /boxSide.*uniform/],
    [{ boxInside: 1 }, /boxInside/],
    [{ range: [0] }, /range/],
    [{ percentiles: [0.9, 0.1] }, /percentiles/],
    [{ learningRate: NaN }, /learningRate.*NaN/],
    [{ schedule: 'straight' }, /schedule.*cosine.*linear/],
    [{ outputs: ['spectrum'] }, /outputs.*values/],
    [{ preset: 'lucid' }, /preset.*default.*xplique/],
    [{ preset: 'toString' }, /preset.*default/],
    [{ resample: 'nearest' }, /resample.*roi-bicubic/],
    [{ magnitudeResize: 1 }, /magnitudeResize.*frequency/],
    [{ optimizer: 'sgd' }, /optimizer.*adam/],
    [{ standardizePhase: 'yes' }, /standardizePhase.*epsilon/],
    [{ standardizeImage: { epsilon: 'small' } }, /standardizeImage/],
    [{ networkUnits: 0 }, /networkUnits/],
    [{ boxSideChange: '1' }, /boxSideChange/],
    [{ alphaCap: 2 }, /alphaCap.*0 to 1/],
    [{ alphaBlur: -1 }, /alphaBlur/],
    [{ extremes: 1 }, /extremes/],
  ])('the options %o are refused at once', async (options, message) => {
    const model = await loadTiny();
    expect(() => model.visualize(logit(1), options as VisualizeOptions)).toThrow(message);
  });

  it.each([
    [undefined, /objective.*undefined/],
    ['{"kind":"logit","unit":1}', /object/],
    [endless, /written as JSON/],
  ])('the objective %o is refused at once', async (objective, message) => {
    const model = await loadTiny();
    expect(() => model.visualize(objective as unknown as Objective)).toThrow(message);
    const error = await failureOf(model.gradient(image, objective as unknown as Objective));
    expect(error).toMatchObject({ name: 'PhaselensError', code: 'invalid-argument' });
    expect(error.message).toMatch(message);
  });

  it.each([
    [[], /must be an object, not a list/],
    [sum(...Array.from({ length: 65 }, (_, i) => channel('conv1', i % 8))), /more than 64 leaves/],
    [product(logit(1), sum()), /of\[1\]\.of is empty/],
    [logit(1.5), /unit .*1\.5/],
    [logit('3' as unknown as number), /unit .*'3'/],
    [scale(logit(1), NaN), /weight .*null/],
    [{ kind: 'directions', unit: 1 }, /kind is 'directions'/],
    [{ kind: 'channel', unit: 1 }, /lacks 'layer'/],
    [{ ...logit(1), wait: 2 }, /'wait'/],
    [direction('conv1', [1, 2]), /conv1.* 8 units.*2 numbers/],
    [channel('conv1', 1, { mask: { height: 1, width: 2, values: [1, 1] } }), /conv1.* 32x32 .*1x2/],
  ])('the objective %o is refused by the core', async (objective, message) => {
    const model = await loadTiny();
    const refused = [
      await failureOf(collect(model.visualize(objective as Objective, quick))),
      await failureOf(model.gradient(image, objective as Objective)),
    ];
    for (const error of refused) {
      expect(error).toMatchObject({ name: 'PhaselensError', code: 'invalid-argument' });
      expect(error.message).toMatch(message);
    }
  });

  it('of a network that answers NaN, or has no slope, are told with the layer', async () => {
    const network = tinyNetwork();
    const tensors = network.tensors.map((tensor) =>
      tensor.name === 'b3' ? { ...tensor, values: new Float32Array(5).fill(NaN) } : tensor,
    );
    const broken = await loadTiny({}, writeOnnx({ ...network, tensors }));
    const nothing = { op: 'Sub', inputs: ['relu1', 'relu1'], outputs: ['nothing'] };
    const root = { op: 'Sqrt', inputs: ['nothing'], outputs: ['root'] };
    const steep = await loadTiny({}, writeOnnx({ ...network, nodes: [...network.nodes, nothing, root] }));
    const cases: [Model, Objective, RegExp][] = [
      [broken, logit(1), /the logit of layer 'logits' is not a finite number/],
      [steep, channel('root', 1), /the image's gradient is not a finite number/],
    ];
    for (const [model, objective, message] of cases) {
      for (const ask of [() => collect(model.visualize(objective, quick)), () => model.gradient(image, objective)]) {
        const error = await failureOf(ask());
        expect(error).toMatchObject({ name: 'PhaselensError', code: 'not-finite' });
        expect(error.message).toMatch(message);
      }
      expect((await model.gradient(image, channel('conv1', 2))).score).toSatisfy(Number.isFinite); // the model is as good as before
    }
  });

  it('accepts an objective that was stored as JSON, with what it leaves out', async () => {
    const model = await loadTiny();
    const stored = JSON.parse('{"kind":"neuron","layer":"conv1","unit":2}') as Objective;
    expect(await model.gradient(image, stored)).toEqual(await model.gradient(image, neuron('conv1', 2)));
  });

  it.each([
    [undefined, /image/],
    [{ data: new Float32Array(12), height: 2, width: 3 }, /18 values.*12/],
    [{ data: [1, 2, 3], height: 1, width: 1 }, /Float32Array/],
    [{ data: new Float32Array(0), height: 0, width: 1 }, /height/],
  ])('the image %o is refused', async (bad, message) => {
    const model = await loadTiny();
    const error = await failureOf(model.activations(bad as never, 'conv1'));
    expect(error).toMatchObject({ code: 'invalid-argument' });
    expect(error.message).toMatch(message);
  });

  it('of loading are refused', async () => {
    const error = await failureOf(loadModel(tinyFile, { workers: 0 }));
    expect(error).toMatchObject({ code: 'invalid-argument' });
    const preprocessing = { ...plain, std: [1, 0, 1] };
    expect((await failureOf(loadModel(tinyFile, { preprocessing }))).message).toMatch(/preprocessing/);
    expect((await failureOf(loadModel(5 as never))).message).toMatch(/source/i);
    expect((await failureOf(loadModel(tinyFile, { build: 'fast' as never }))).message).toMatch(/relaxed.*fast/);
  });
});

describe('the network', () => {
  const magnitude = fs.readFileSync(magnitudeFile);
  let server: Server;
  let base = '';
  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/tiny.onnx') return response.setHeader('content-length', tinyFile.length).end(tinyFile);
      if (request.url === '/cut.onnx') {
        response.setHeader('content-length', tinyFile.length).write(tinyFile.subarray(0, 100));
        return setTimeout(() => response.destroy(), 50);
      }
      if (request.url === '/whole.npy') return response.setHeader('transfer-encoding', 'chunked').end(magnitude);
      if (request.url === '/slow.onnx') return; // for ever
      if (request.url === '/page.json') return response.end('{ "models": ');
      if (request.url?.startsWith('/page.')) return response.end('\n<!DOCTYPE html><title>Not found</title>');
      if (request.url === '/zipped.onnx') return response.setHeader('content-encoding', 'gzip').end(gzipSync(tinyFile));
      return response.writeHead(404).end();
    }).listen(0);
    await new Promise((resolve) => server.once('listening', resolve));
    base = `http://localhost:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('loads from an address and tells how far it is', async () => {
    const progress: unknown[] = [];
    const model = await loadModel(`${base}/tiny.onnx`, { workers: 1, onProgress: (event) => progress.push(event) });
    expect(progress).toContainEqual({ phase: 'download', loaded: tinyFile.length, total: tinyFile.length, cached: false });
    await model.dispose();
  });

  it.each([
    ['/gone.onnx', /gone\.onnx.*404/],
    ['/cut.onnx', /cut\.onnx/],
  ])('fails for %s with its name', async (path, message) => {
    const error = await failureOf(loadModel(base + path));
    expect(error).toMatchObject({ code: 'network' });
    expect(error.message).toMatch(message);
  });

  it('fails for a file that is not there, and for a magnitude', async () => {
    expect(await failureOf(loadModel('no/such/file.onnx'))).toMatchObject({ code: 'network' });
    const model = await loadTiny();
    const error = await failureOf(collect(model.visualize(logit(1), { magnitude: `${base}/gone.npy` })));
    expect(error).toMatchObject({ code: 'network' });
    expect(error.message).toMatch(/gone\.npy.*404/);
  });

  it('fails for what is no address', async () => {
    expect(await failureOf(loadModel('http://'))).toMatchObject({ code: 'invalid-argument' });
  });

  it.each([
    ['a model', () => loadModel(`${base}/page.onnx`)],
    ['labels', () => loadModel(tinyFile, { labels: `${base}/page.txt` })],
    ['a manifest', () => loadManifest(`${base}/page.html`)],
    ['WebAssembly', () => loadModel(tinyFile, { wasmUrl: `${base}/page.wasm` })],
  ])('says that a page came in the place of %s', async (_, load) => {
    const error = await failureOf(load());
    expect(error).toMatchObject({ code: 'network' });
    expect(error.message).toMatch(/page\.\w+ is a web page, and not the file that was asked for/);
  });

  it('knows the size of what a manifest lists, though the server compresses it', async () => {
    const progress: Progress[] = [];
    const entry = {
      id: 'tiny',
      title: 'tiny',
      url: `${base}/zipped.onnx`,
      sha256: '0'.repeat(64),
      bytes: tinyFile.length,
      fields: {},
    };
    const model = await loadModel(entry, { workers: 1, onProgress: (event) => progress.push(event) });
    expect(progress.filter(({ phase }) => phase === 'download').at(-1)).toEqual({
      phase: 'download',
      loaded: tinyFile.length,
      total: tinyFile.length,
      cached: false,
    });
    await model.dispose();
  });

  it('believes no size that is less than what came', async () => {
    const progress: Progress[] = [];
    const entry = { id: 'tiny', title: 'tiny', url: `${base}/zipped.onnx`, sha256: '0'.repeat(64), bytes: 5, fields: {} };
    const model = await loadModel(entry, { workers: 1, onProgress: (event) => progress.push(event) });
    const [last] = progress.filter(({ phase }) => phase === 'download').slice(-1);
    expect(last).toEqual({ phase: 'download', loaded: tinyFile.length, cached: false });
    await model.dispose();
  });

  it('tells how far it is with the magnitude of a picture', async () => {
    const progress: Progress[] = [];
    const model = await loadTiny();
    const options = { size: 64, steps: 1, crops: 1, magnitude: `${base}/whole.npy` };
    await collect(model.visualize(logit(1), { ...options, onProgress: (event) => progress.push(event) }));
    expect(progress.at(-1)).toEqual({ phase: 'download', loaded: magnitude.length, cached: false });
    expect(() => model.visualize(logit(1), { onProgress: 5 as never })).toThrow(/onProgress.*a function/);
  });

  it('fails for what is no manifest', async () => {
    expect((await failureOf(loadManifest(`${base}/page.json`))).message).toMatch(/page\.json is not JSON/);
  });

  it('is left alone when loading is aborted', async () => {
    const reason = new Error('another model was chosen');
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 50);
    expect(await failureOf(loadModel(`${base}/slow.onnx`, { signal: controller.signal }))).toBe(reason);
  });
});

describe('workers', () => {
  const workerUrl = (name: string) => new URL(`./workers/${name}.mjs`, import.meta.url);

  it('that cannot start are told', async () => {
    const error = await failureOf(loadModel(tinyFile, { workerUrl: workerUrl('missing') }));
    expect(error).toMatchObject({ code: 'worker-failed' });
  });

  it.each(['dying-lead', 'dying-helper', 'trapping-helper'])(
    'a %s ends everything that is pending, and the model says so',
    async (name) => {
      const model = await loadTiny({ workers: 2, workerUrl: workerUrl(name) });
      const runs = [1, 2].map((unit) => failureOf(collect(model.visualize(logit(unit), { ...quick, steps: 100_000 }))));
      for (const error of await Promise.all(runs)) expect(error).toMatchObject({ code: 'worker-failed' });
      expect(await failureOf(model.activations(image, 'conv1'))).toMatchObject({ code: 'worker-failed' });
      expect(() => model.visualize(logit(1))).toThrow(/worker/);
    },
  );
});

describe('after dispose', () => {
  it('everything that is pending, and everything later, is rejected', async () => {
    const model = await loadTiny();
    const visualization = model.visualize(logit(1), { ...quick, steps: 100_000 });
    const run = failureOf(collect(visualization));
    const call = failureOf(model.activations(image, 'conv1'));
    await model.dispose();
    expect(await run).toMatchObject({ code: 'disposed' });
    expect(await call).toMatchObject({ code: 'disposed' });
    expect(await failureOf(model.gradient(image, logit(1)))).toMatchObject({ code: 'disposed' });
    expect(() => model.visualize(logit(1))).toThrow('disposed');
    expect(await failureOf(visualization.frame())).toMatchObject({ code: 'disposed' });
    await visualization.stop();
    await model.dispose();
  });
});
