import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { writeOnnx } from './onnx.js';
import type { Model, Step, VisualizeOptions } from './support.js';
import { bytesOf, collect, failureOf, firstOf, handlesOf, lastElsewhere, loadTiny, logit, tinyFile } from './support.js';

const pathOf = (name: string) => fileURLToPath(new URL(`../golden/generators/${name}.onnx`, import.meta.url));
const dcgan = pathOf('dcgan');
const decoder = pathOf('decoder');

const common: VisualizeOptions = {
  optimizer: 'adam',
  learningRate: 0.05,
  steps: 12,
  crops: 5,
  seed: 7,
  outputs: ['image', 'values', 'transparency'],
};
const options: VisualizeOptions = { ...common, parametrization: 'generator', generator: dcgan };

/** What a step is, for comparing. */
const contents = ({ index, score, penalty, frames, image, values, transparency }: Step) =>
  [
    index,
    score,
    penalty,
    ...[...frames.map(({ data }) => data), image!, values!, transparency!].map((array) => bytesOf(array).toString('base64')),
  ].join();

const all = async (model: Model, more: VisualizeOptions = {}) =>
  (await collect(model.visualize(logit(1), { ...options, ...more }))).map(contents);

/** A checkpoint after three steps or so. */
async function kept(model: Model, of = options): Promise<Uint8Array> {
  const visualization = model.visualize(logit(1), of);
  const steps = visualization[Symbol.asyncIterator]();
  for (let i = 0; i < 3; i++) await steps.next();
  const bytes = await visualization.checkpoint();
  await visualization.stop();
  return bytes;
}

describe('a generator', () => {
  it('gives the picture its size and its range', async () => {
    const model = await loadTiny();
    const visualization = model.visualize(logit(1), { ...options, generator: await readFile(decoder) });
    expect(visualization).toMatchObject({ height: 0, width: 0 });
    const first = await firstOf(visualization);
    expect(visualization).toMatchObject({ height: 32, width: 48 });
    expect(first.frame).toMatchObject({ height: 32, width: 48 });
    expect(first.image).toHaveLength(32 * 48 * 3);
    expect(first.values).toHaveLength(5);
    expect(first.image!.every((value) => value > 0 && value < 1)).toBe(true);
    const { macs, values } = await visualization.cost();
    const pixels = model.visualize(logit(1), { ...common, parametrization: 'pixel', height: 32, width: 48 });
    await firstOf(pixels);
    expect(macs).toBeGreaterThan((await pixels.cost()).macs);
    expect(values).toBe(5);
    await Promise.all([visualization.stop(), pixels.stop()]);
  });

  it('gives the same bits for any number of workers', async () => {
    for (const more of [
      {},
      { images: 2, generator: decoder, transform: 'warps', penaltyLatent: 0.1, penaltyVariation: 0.1 } as const,
    ]) {
      const [one, two, five] = await Promise.all([1, 2, 5].map(async (workers) => all(await loadTiny({ workers }), more)));
      expect(one).toHaveLength(12);
      expect(two).toEqual(one);
      expect(five).toEqual(one);
    }
  });

  it('is led to what the unit responds to', async () => {
    const model = await loadTiny();
    const still: VisualizeOptions = { crops: 1, boxSide: { uniform: [1, 1] }, noiseNormal: 0, noiseUniform: 0 };
    const steps = await collect(model.visualize(logit(1), { ...options, ...still, steps: 40 }));
    expect(steps.at(-1)!.score).toBeGreaterThan(steps[0]!.score);
  });

  it('shows another range where it is told to', async () => {
    const model = await loadTiny();
    const image = async (more: VisualizeOptions) => (await firstOf(model.visualize(logit(1), { ...options, ...more }))).image!;
    const [own, wide] = [await image({}), await image({ generatorRange: [-3, 3] })];
    own.forEach((value, i) => expect(wide[i]).toBeCloseTo((value * 2 + 2) / 6, 5));
  });
});

describe('a checkpoint of a generator', () => {
  it('goes on with the same bits, here and in another process', async () => {
    const model = await loadTiny();
    const whole = await all(model);
    const bytes = await kept(await loadTiny({ workers: 1 }));
    const steps = (await collect(await model.resume(bytes, { generator: dcgan, outputs: options.outputs! }))).map(contents);
    expect(steps.length).toBeGreaterThan(3);
    expect(steps).toEqual(whole.slice(-steps.length));
    const other = await lastElsewhere(bytes, { generator: dcgan });
    const last = (await collect(model.visualize(logit(1), options))).at(-1)!;
    expect(other).toBe(bytesOf(last.values!).toString('base64'));
  });

  it('is refused without it, and with another one', async () => {
    const model = await loadTiny();
    const bytes = await kept(model);
    const failure = async (generator?: string) => failureOf(collect(await model.resume(bytes, generator ? { generator } : {})));
    expect(await failure()).toMatchObject({ code: 'invalid-argument', message: expect.stringMatching(/must be given/) });
    expect(await failure(decoder)).toMatchObject({
      code: 'invalid-argument',
      message: expect.stringMatching(/another generator/),
    });
    const pixels = await kept(model, { ...common, parametrization: 'pixel', size: 32 });
    const needless = await failureOf(collect(await model.resume(pixels, { generator: dcgan })));
    expect(needless).toMatchObject({ code: 'invalid-argument', message: expect.stringMatching(/not a generator's/) });
    await expect.poll(() => handlesOf(model)).toEqual([1, 1]); // a helper that has begun hears of it a moment later
  });
});

describe('what is no generator', () => {
  it.each([
    ['a classifier', tinyFile, {}, 'unsupported-model', /no output is an image/],
    ['a text', new TextEncoder().encode('no network'), {}, 'invalid-model', /./],
    ['no file', 'nothing-here.onnx', {}, 'network', /nothing-here/],
    ['another size', dcgan, { size: 64 }, 'invalid-argument', /32x32; the visualization cannot be 64x64/],
    ['another height', dcgan, { height: 48 }, 'invalid-argument', /cannot be 48x32/],
    [
      'a photo to start from',
      dcgan,
      { start: { data: new Float32Array(300), height: 10, width: 10 } },
      'invalid-argument',
      /latent/,
    ],
  ] as const)('%s is refused', async (_, generator, more, code, message) => {
    const model = await loadTiny();
    const run = collect(model.visualize(logit(1), { ...options, generator, ...more } as VisualizeOptions));
    expect(await failureOf(run)).toMatchObject({ code, message: expect.stringMatching(message) });
    expect((await handlesOf(model)).slice(1)).toEqual([1]);
  });

  it.each([
    ['a parametrization without one', { parametrization: 'generator' }, /go together/],
    ['one without the parametrization', { generator: dcgan }, /go together/],
    ['one with another parametrization', { parametrization: 'pixel', generator: dcgan }, /go together/],
    ['a range that is no pair', { ...options, generatorRange: 1 }, /a pair/],
    ['an empty range', { ...options, generatorRange: [1, 0] }, /a pair.*low below high/],
  ])('%s is refused at once', async (_, wrong, message) => {
    const model = await loadTiny();
    expect(() => model.visualize(logit(1), wrong as VisualizeOptions)).toThrow(message);
  });

  it('has its operator named', async () => {
    const file = writeOnnx({
      input: { name: 'latent', shape: [1, 4, 32, 32] },
      outputs: ['image'],
      nodes: [{ op: 'NoSuchOperator', inputs: ['latent'], outputs: ['image'] }],
      tensors: [],
    });
    const failure = await failureOf(collect((await loadTiny()).visualize(logit(1), { ...options, generator: file })));
    expect(failure).toMatchObject({ code: 'unsupported-op', message: expect.stringMatching(/NoSuchOperator/) });
  });
});

describe('the memory of a generator', () => {
  const ways: [string, (model: Model) => Promise<unknown>][] = [
    [
      'finished',
      async (model) => {
        const visualization = model.visualize(logit(1), options);
        await collect(visualization);
        await visualization.stop();
      },
    ],
    [
      'left after a step',
      async (model) => {
        for await (const _ of model.visualize(logit(1), options)) break;
      },
    ],
    [
      'stopped while it begins',
      async (model) => {
        const visualization = model.visualize(logit(1), options);
        const next = visualization[Symbol.asyncIterator]().next();
        await visualization.stop();
        await next.catch(() => {});
      },
    ],
    ['refused', (model) => failureOf(collect(model.visualize(logit(1), { ...options, size: 64 })))],
    ['no generator', (model) => failureOf(collect(model.visualize(logit(1), { ...options, generator: tinyFile })))],
  ];

  it.each(ways)('comes back: %s', async (_, run) => {
    const model = await loadTiny({ workers: 1 });
    const used = async () => {
      await run(model);
      await model.visualize(logit(1), options).stop(); // behind all that was to be freed
      return (await model.memory())[0]!;
    };
    for (let i = 0; i < 3; i++) await used(); // what is set up once is kept
    const before = await used();
    for (let i = 0; i < 5; i++) await used();
    const after = await used();
    expect(after.heap).toBe(before.heap);
    expect(Math.abs(after.used - before.used)).toBeLessThan(1024);
  });

  it('is free once the last step is done', async () => {
    const model = await loadTiny({ workers: 1 });
    const visualization = model.visualize(logit(1), options);
    const steps = visualization[Symbol.asyncIterator]();
    await steps.next();
    expect(await handlesOf(model)).toEqual([3]);
    while (!(await steps.next()).done);
    expect(await handlesOf(model)).toEqual([2]);
    expect((await visualization.frame()).width).toBe(32);
    await visualization.stop();
    expect(await handlesOf(model)).toEqual([1]);
  });
});
