/** The builders make the core's JSON, and the core answers what PyTorch does (tests/golden/make_objectives.py). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  accentuation,
  bytesOf,
  channel,
  collect,
  cosine,
  direction,
  distance,
  diversity,
  dotCosine,
  failureOf,
  inversion,
  layer,
  loadTiny,
  logit,
  neuron,
  type Objective,
  plain,
  probability,
  product,
  quick,
  scale,
  subtract,
  sum,
} from './support.js';

const golden = (name: string) => readFileSync(new URL(`../golden/objectives${name}`, import.meta.url));
const lines = golden('.jsonl').toString().trim().split('\n');
const side = 12;

/** The floats at the end of an npy file. */
function floats(name: string, count: number): Float32Array {
  const file = golden(name);
  return new Float32Array(new Uint8Array(file.subarray(file.length - 4 * count)).buffer);
}

const image = { data: floats('_image.npy', side * side * 3), height: side, width: side };
const scores = floats('_scores.npy', lines.length);
const gradients = floats('_gradients.npy', lines.length * image.data.length);

const norm = (values: Float32Array): number => Math.hypot(...values);

describe('builders', () => {
  const mask = { height: 1, width: 2, values: [0, 1] };
  const cases: [Objective, string][] = [
    [channel('a', 1), '{"kind":"channel","layer":"a","unit":1}'],
    [channel('a', 1, { tokens: 'patches' }), '{"kind":"channel","layer":"a","unit":1,"tokens":"patches"}'],
    [channel('a', 1, { mask }), '{"kind":"channel","layer":"a","unit":1,"mask":{"height":1,"width":2,"values":[0,1]}}'],
    [neuron('a', 1), '{"kind":"neuron","layer":"a","unit":1}'],
    [neuron('a', 1, 0, 3), '{"kind":"neuron","layer":"a","unit":1,"y":0,"x":3}'],
    [logit(2), '{"kind":"logit","unit":2}'],
    [probability(2), '{"kind":"probability","unit":2}'],
    [layer('a'), '{"kind":"layer","layer":"a"}'],
    [layer('a', { mask }), '{"kind":"layer","layer":"a","mask":{"height":1,"width":2,"values":[0,1]}}'],
    [direction('a', new Float32Array([1, 0.5])), '{"kind":"direction","layer":"a","vector":[1,0.5]}'],
    [cosine('a', [1, 2]), '{"kind":"cosine","layer":"a","vector":[1,2]}'],
    [
      cosine('a', [1], { mask, tokens: 'class' }),
      '{"kind":"cosine","layer":"a","vector":[1],"mask":{"height":1,"width":2,"values":[0,1]},"tokens":"class"}',
    ],
    [dotCosine('a', [1], { power: 1 }), '{"kind":"dot-cosine","layer":"a","vector":[1],"power":1}'],
    [distance('a'), '{"kind":"distance","layer":"a","photo":0}'],
    [inversion('a', 1), '{"kind":"distance","layer":"a","photo":1,"weight":-1}'],
    [
      accentuation(logit(2), 'a', 1, 0.5),
      '{"kind":"sum","of":[{"kind":"logit","unit":2},{"kind":"distance","layer":"a","photo":1,"weight":-0.5}]}',
    ],
    [diversity('a'), '{"kind":"diversity","layer":"a"}'],
    [scale(scale(logit(2), 2), -0.5), '{"kind":"logit","unit":2,"weight":-1}'],
    [sum(logit(1), logit(2)), '{"kind":"sum","of":[{"kind":"logit","unit":1},{"kind":"logit","unit":2}]}'],
    [product(logit(1), layer('a')), '{"kind":"product","of":[{"kind":"logit","unit":1},{"kind":"layer","layer":"a"}]}'],
    [subtract(logit(1), logit(2)), '{"kind":"sum","of":[{"kind":"logit","unit":1},{"kind":"logit","unit":2,"weight":-1}]}'],
  ];
  it.each(cases)('%o is plain data', (objective, text) => {
    expect(JSON.stringify(objective)).toBe(text);
    expect(JSON.parse(text)).toEqual(objective);
  });

  it('do not nest sums of sums or products of products', () => {
    const [a, b, c] = [logit(1), logit(2), logit(3)];
    expect([a, b, c].reduce<Objective>((all, one) => sum(all, one), sum())).toEqual(sum(a, b, c));
    expect(product(product(a, b), c)).toEqual(product(a, b, c));
    expect(sum(scale(sum(a, b), 2), c)).toEqual({ kind: 'sum', of: [{ kind: 'sum', of: [a, b], weight: 2 }, c] });
    expect(product(sum(a, b), c)).toEqual({ kind: 'product', of: [{ kind: 'sum', of: [a, b] }, c] });
  });
});

describe('scores', () => {
  it('are PyTorch’s for every kind, given as JSON, and so are gradients', async () => {
    const model = await loadTiny({ preprocessing: plain }, golden('.onnx'));
    for (const [i, line] of lines.entries()) {
      const { score, gradient } = await model.gradient(image, JSON.parse(line) as Objective);
      expect(Math.abs(score - scores[i]!), line).toBeLessThan(1e-4 * Math.abs(scores[i]!) + 1e-7);
      const count = gradient.data.length;
      const wanted = gradients.subarray(i * count, (i + 1) * count);
      expect(norm(gradient.data.map((value, k) => value - wanted[k]!)), line).toBeLessThan(1e-4 * norm(wanted));
    }
  });

  it('follow arithmetic', async () => {
    const model = await loadTiny({ preprocessing: plain }, golden('.onnx'));
    const of = async (objective: Objective) => (await model.gradient(image, objective)).score;
    const [a, b] = [logit(1), channel('mid', 3)];
    const [one, other] = [await of(a), await of(b)];
    expect(await of(sum(a, b))).toBeCloseTo(one + other, 5);
    expect(await of(subtract(a, b))).toBeCloseTo(one - other, 5);
    expect(await of(product(a, b, scale(a, 3)))).toBeCloseTo(one * other * 3 * one, 5);
    expect(await of(scale(sum(a, b), -2))).toBeCloseTo(-2 * (one + other), 5);
  });

  it('rise where a picture is made of them', async () => {
    const model = await loadTiny();
    const vector = [1, -1, 0.5, 0, 0, 1, -0.5, 0.2];
    for (const objective of [
      probability(1),
      layer('relu2'),
      dotCosine('conv1', vector),
      product(layer('relu1'), probability(2)),
    ]) {
      const steps = await collect(model.visualize(objective, { ...quick, steps: 24 }));
      expect(steps.at(-1)!.score, objective.kind).toBeGreaterThan(steps[0]!.score);
    }
  });
});

describe('groups', () => {
  const photo = { data: new Float32Array(40 * 30 * 3).map((_, i) => Math.abs(Math.sin(i * i))), height: 40, width: 30 };
  const last = <T>(list: T[]): T => list.at(-1)!;

  it('of images become different ones, the same for any number of workers', async () => {
    const objective = sum(logit(1), scale(diversity('relu2'), 2));
    const options = { ...quick, images: 3, outputs: ['image', 'values'] } as const;
    const runs = await Promise.all(
      [1, 3].map(async (workers) => collect((await loadTiny({ workers })).visualize(objective, options))),
    );
    const [one, three] = runs.map(last);
    expect(one!.frames).toHaveLength(3);
    expect(one!.frame).toBe(one!.frames[0]);
    expect(one!.image).toHaveLength(3 * 64 * 64 * 3);
    expect(one!.values).toHaveLength(3 * 3 * 64 * 33);
    expect(bytesOf(one!.values!).equals(bytesOf(three!.values!))).toBe(true);
    expect(bytesOf(one!.frames[1]!.data).equals(bytesOf(one!.frames[2]!.data))).toBe(false);
    expect(last(runs[0]!).score).toBeGreaterThan(runs[0]![0]!.score);
  });

  it('show each image later on as well', async () => {
    const model = await loadTiny();
    const run = model.visualize(sum(logit(1), diversity('relu2')), { ...quick, images: 2 });
    const { frames } = last(await collect(run));
    for (const image of [0, 1]) expect((await run.frame({}, image)).data).toEqual(frames[image]!.data);
    expect((await failureOf(run.frame({}, 2))).message).toMatch(/image of a frame is a whole number from 0 to 1, not 2/);
    await run.stop();
  });

  it('of an image and a photo bring the one near the other', async () => {
    const model = await loadTiny();
    const steps = await collect(model.visualize(inversion('relu1'), { ...quick, steps: 24, photos: [photo] }));
    expect(last(steps).score).toBeGreaterThan(steps[0]!.score);
    expect(last(steps).score).toBeLessThan(0);
    const near = await collect(model.visualize(accentuation(logit(1), 'relu2', 0, 0.5), { ...quick, photos: [photo] }));
    expect(last(near).score).toBeGreaterThan(near[0]!.score);
  });

  it('go on from a checkpoint with the same bits', async () => {
    const model = await loadTiny();
    const objective = sum(diversity('relu2'), inversion('relu1'));
    const options = { ...quick, images: 2, photos: [photo], start: photo, outputs: ['values'] } as const;
    const whole = await collect(model.visualize(objective, options));
    const run = model.visualize(objective, options);
    let rest: typeof whole = [];
    for await (const step of run) {
      if (step.index < 4) continue;
      run.pause();
      rest = await collect(await model.resume(await run.checkpoint(), { photos: [photo], outputs: ['values'] }));
      break;
    }
    expect(rest.length).toBeGreaterThan(0);
    expect(bytesOf(last(rest).values!).equals(bytesOf(last(whole).values!))).toBe(true);
  });

  it('that cannot be are refused', async () => {
    const model = await loadTiny();
    const refusal = async (objective: Objective, options: object) =>
      (await failureOf(collect(model.visualize(objective, { ...quick, ...options })))).message;
    expect(await refusal(inversion('relu1'), {})).toMatch(/photo 0, but there are 0 photos/);
    expect(await refusal(diversity('relu1'), {})).toMatch(/only 1/);
    expect(() => model.visualize(logit(1), { images: 9 })).toThrow(/images is a whole number from 1 to 8, not 9/);
    expect(() => model.visualize(logit(1), { photos: Array(9).fill(photo) })).toThrow(/from 0 to 8, not 9/);
    expect(() => model.visualize(logit(1), { photos: photo as never })).toThrow(/photos is a list/);
    expect(() => model.visualize(logit(1), { photos: [{ ...photo, width: 7 }] })).toThrow(/An image is/);
  });
});
