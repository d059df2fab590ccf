import { describe, expect, it } from 'vitest';
import type { CanvasLike, Model, Step, VisualizeOptions } from './support.js';
import {
  bytesOf,
  channel,
  collect,
  failureOf,
  firstOf,
  handlesOf,
  loadModel,
  loadTiny,
  logit,
  modules,
  quick,
  realModel,
  sleep,
} from './support.js';

describe('steps', () => {
  it('come in order, one for each step, with a frame', async () => {
    const model = await loadTiny();
    const steps = await collect(model.visualize(logit(1), quick));
    expect(steps.map(({ index }) => index)).toEqual([...Array(quick.steps).keys()]);
    for (const { steps: total, score, frame } of steps) {
      expect(total).toBe(quick.steps);
      expect(score).toSatisfy(Number.isFinite);
      expect(frame).toMatchObject({ height: 64, width: 64 });
      expect(frame.data).toHaveLength(64 * 64 * 4);
    }
  });

  it('raise the score', async () => {
    const model = await loadTiny();
    const steps = await collect(model.visualize(channel('conv2', 3), { ...quick, steps: 40 }));
    const mean = (part: Step[]) => part.reduce((total, { score }) => total + score, 0) / part.length;
    expect(mean(steps.slice(-8))).toBeGreaterThan(mean(steps.slice(0, 8)) + 0.01);
  });

  it('carry the outputs that were asked for', async () => {
    const model = await loadTiny();
    const options: VisualizeOptions = { ...quick, height: 48, outputs: ['image', 'transparency', 'values'] };
    const step = await firstOf(model.visualize(logit(1), options));
    expect(step.frame).toMatchObject({ height: 48, width: 64 });
    expect(step.image).toHaveLength(48 * 64 * 3);
    expect(step.transparency).toHaveLength(48 * 64);
    expect(step.values).toHaveLength(3 * 48 * 33);
    expect((await firstOf(model.visualize(logit(1), quick))).image).toBeUndefined();
  });

  it('are the same for the same seed, and others for another', async () => {
    const model = await loadTiny();
    const last = async (seed: number) => (await collect(model.visualize(logit(1), { ...quick, seed }))).at(-1)!;
    const [one, again, other] = [await last(1), await last(1), await last(2)];
    expect(bytesOf(one.frame.data).equals(bytesOf(again.frame.data))).toBe(true);
    expect(bytesOf(one.frame.data).equals(bytesOf(other.frame.data))).toBe(false);
  });

  it('cost multiply-adds for every crop, and count what is optimized', async () => {
    const model = await loadTiny();
    const cost = async (crops: number) => {
      const visualization = model.visualize(logit(1), { ...quick, crops });
      expect(await failureOf(visualization.cost())).toMatchObject({ code: 'invalid-argument' });
      await firstOf(visualization);
      return visualization.cost();
    };
    const one = await cost(1);
    expect(one.macs).toBeGreaterThan(0);
    expect((await cost(3)).macs).toBe(3 * one.macs);
    expect(one.values).toBe(3 * quick.size * (quick.size / 2 + 1));
  });

  it('are drawn pixel by pixel on a canvas that takes their size', async () => {
    const model = await loadTiny();
    const step = await firstOf(model.visualize(logit(1), quick));
    let drawn: Uint8ClampedArray | undefined;
    const context = {
      createImageData: (width: number, height: number) => ({ width, height, data: new Uint8ClampedArray(width * height * 4) }),
      putImageData: ({ data }: { data: Uint8ClampedArray }) => (drawn = data),
    };
    const canvas = { height: 1, width: 1, getContext: () => context } as unknown as CanvasLike;
    step.draw(canvas);
    expect(canvas).toMatchObject({ height: 64, width: 64 });
    expect(drawn).toEqual(step.frame.data);
  });

  it('are not drawn on what is no canvas, has another context or is drawn on elsewhere, and leave it as it is', async () => {
    const model = await loadTiny();
    const step = await firstOf(model.visualize(logit(1), quick));
    const refused = (canvas: unknown) => failureOf(Promise.resolve().then(() => step.draw(canvas as CanvasLike)));
    const throws = () => {
      throw new DOMException('Cannot get context from a canvas that has transferred its control.', 'InvalidStateError');
    };
    const cases: [unknown, RegExp][] = [
      [{ height: 1, width: 1, getContext: () => null }, /context of another kind/],
      [{ height: 1, width: 1, getContext: throws }, /gave its drawing to an OffscreenCanvas/],
      [null, /not on null/],
      ['#canvas', /not on "#canvas"/],
    ];
    for (const [canvas, message] of cases) {
      expect(await refused(canvas)).toMatchObject({
        name: 'PhaselensError',
        code: 'invalid-argument',
        message: expect.stringMatching(message),
      });
      if (typeof canvas === 'object' && canvas) expect(canvas).toMatchObject({ height: 1, width: 1 });
    }
  });
});

describe('presets', () => {
  it('are listed, and each is another recipe', async () => {
    const model = await loadTiny();
    expect(model.presets).toEqual(['default', 'paper', 'xplique', 'horama', 'faccent']);
    const images = [];
    for (const preset of model.presets) {
      const steps = await collect(model.visualize(logit(1), { ...quick, preset, steps: 2, outputs: ['image'] }));
      images.push(bytesOf(steps.at(-1)!.image!).toString('base64'));
    }
    expect(new Set(images).size).toBe(5);
  });

  it('are where options come from that are not given, those of the frame too', async () => {
    const model = await loadTiny();
    const visualization = model.visualize(logit(1), { preset: 'faccent' });
    expect(visualization).toMatchObject({ steps: 99, height: 512, width: 512 });
    const alphas = async (options: VisualizeOptions) => {
      const { frame } = (await collect(model.visualize(logit(1), { ...quick, preset: 'horama', ...options }))).at(-1)!;
      return new Set(frame.data.filter((_, i) => i % 4 === 3)).size;
    };
    expect(await alphas({})).toBeGreaterThan(9);
    expect(await alphas({ transparency: false })).toBe(1);
  });

  const lone: VisualizeOptions[] = [
    { boxSideChange: -0.2 },
    { boxSquare: false, width: 96 },
    { boxWholePixels: true },
    { transform: 'warps' },
    { penaltyVariation: 1 },
    { penaltyL2: 1 },
    { penaltyFrequency: 1 },
    { resample: 'antialiased-aligned' },
    { resample: 'bilinear' },
    { resample: 'roi-bicubic' },
    { noiseBeforeResize: true },
    { networkUnits: true },
    { parametrization: 'fourier' },
    { parametrization: 'pixel' },
    { standardizePhase: true },
    { standardizePhase: { epsilon: 0.5 } },
    { standardizeImage: false },
    { standardizeImage: { epsilon: 0.5, unbiased: true } },
    { standardizeRgb: true },
    { magnitudeResize: 'bilinear' },
    { magnitudeResize: 'antialiased' },
    { magnitudeResize: 'antialiased-aligned' },
    { continueMagnitude: false },
    { keepConstant: true },
    { oppositePhases: false },
    { optimizer: 'adam' },
  ];
  it.each(lone)('can be changed by %o alone', async (option) => {
    const model = await loadTiny({ preprocessing: { mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.25] } });
    const run = async (options: VisualizeOptions) => {
      const steps = await collect(model.visualize(logit(1), { ...quick, steps: 3, outputs: ['values'], ...options }));
      return bytesOf(steps.at(-1)!.values!);
    };
    const base = 'width' in option ? { width: 96 } : {};
    expect((await run(option)).equals(await run(base))).toBe(false);
    expect((await run(option)).equals(await run(option))).toBe(true);
  });
});

describe('an image to start from', () => {
  const flat = (value: number) => ({ data: new Float32Array(3 * 20 * 30).fill(value), height: 20, width: 30 });

  it.each(['maco', 'fourier', 'pixel'] as const)('is what %s shows first', async (parametrization) => {
    const model = await loadTiny();
    const options: VisualizeOptions = { ...quick, parametrization, start: flat(0.3), outputs: ['image', 'values'] };
    const { image, values } = await firstOf(model.visualize(logit(1), options));
    for (const value of image!) expect(value).toBeCloseTo(0.3, 3);
    expect(values).toHaveLength({ maco: 3 * 64 * 33, fourier: 6 * 64 * 33, pixel: 3 * 64 * 64 }[parametrization]);
  });

  it('is refused where it is none', async () => {
    const model = await loadTiny();
    const bad = { start: { ...flat(0.5), height: 21 } };
    expect(() => model.visualize(logit(1), bad)).toThrow(/21 x 30 x 3/);
    const nan = await failureOf(collect(model.visualize(logit(1), { ...quick, start: flat(NaN) })));
    expect(nan).toMatchObject({ code: 'invalid-argument' });
  });
});

describe('workers', () => {
  /** The last step's score, image and phase, of a run in which every helper had time to take part. */
  const final = async (model: Model, options: VisualizeOptions) => {
    let result: unknown[] = [];
    for await (const { index, score, image, values } of model.visualize(logit(1), { ...options, outputs: ['image', 'values'] })) {
      if (index === 0) await sleep(300);
      result = [score, ...[image!, values!].map((array) => bytesOf(array).toString('base64'))];
    }
    return result;
  };

  it('give the same bits, however many they are', async () => {
    const results = [];
    for (const workers of [1, 2, 3, 5]) {
      const model = await loadTiny({ workers });
      results.push(await final(model, { ...quick, crops: 7 }));
      expect(await model.memory()).toHaveLength(workers);
    }
    for (const result of results) expect(result).toEqual(results[0]);
  });

  it.skipIf(!realModel)('give the same bits for EfficientNet-Lite0 (skipped where it was not fetched)', async () => {
    const results = [];
    for (const workers of [1, 2, 3, 5]) {
      const model = await loadModel(realModel!, { workers });
      await model.memory(); // every worker is there
      results.push(await final(model, { size: 96, cropSize: 64, crops: 5, steps: 6, seed: 3 }));
      await model.dispose();
    }
    for (const result of results) expect(result).toEqual(results[0]);
  });

  it('hold the crops of their share at once', async () => {
    const held = async (workers: number) => {
      const model = await loadTiny({ workers });
      for await (const _ of model.visualize(logit(1), { ...quick, crops: 4, cropSize: 64 }))
        return (await model.memory())[0]!.used;
    };
    const [all, half, one] = [await held(1), await held(2), await held(4)];
    expect((all! - one!) / (half! - one!)).toBeCloseTo(3, 0);
  });

  it('are no more than the crops', async () => {
    const model = await loadTiny({ workers: 8 });
    await collect(model.visualize(logit(1), { ...quick, crops: 5, steps: 2 }));
    expect(await model.memory()).toHaveLength(5);
  });

  it('are fewer for large models, where nobody says how many', async () => {
    const { usualWorkers } = await import(new URL('workers/crew.js', modules).href);
    const counts = (threads: number) => [1e4, 14e6, 45e6, 102e6, 550e6, 2e9].map((bytes) => usualWorkers(bytes, threads));
    expect(counts(8)).toEqual([8, 8, 4, 2, 2, 2]);
    expect(counts(1)).toEqual([1, 1, 1, 1, 1, 1]);
  });
});

describe('pause, stop and abort', () => {
  it('hands out nothing while paused, and goes on as if nothing had been', async () => {
    const model = await loadTiny();
    const frames = async (pauseAt: number) => {
      const visualization = model.visualize(logit(1), quick);
      const result: Buffer[] = [];
      let held = false;
      for await (const { index, frame } of visualization) {
        expect(held).toBe(false);
        result.push(bytesOf(frame.data));
        if (index !== pauseAt) continue;
        visualization.pause();
        expect(visualization.paused).toBe(true);
        held = true;
        setTimeout(() => {
          held = false;
          visualization.resume();
        }, 100);
      }
      return Buffer.concat(result);
    };
    const paused = await frames(4);
    expect(paused.equals(await frames(-1))).toBe(true);
  });

  it('computes at most two steps ahead, and nothing while paused', async () => {
    const model = await loadTiny();
    const visualization = model.visualize(logit(1), { ...quick, steps: 1000 });
    await firstOf(visualization);
    await sleep(200);
    const phase = await visualization.output('values');
    await sleep(100);
    expect(await visualization.output('values')).toEqual(phase);
    const ahead = await collect(take(visualization, 2));
    expect(ahead.map(({ index }) => index)).toEqual([1, 2]);
  });

  it('stops and frees when the loop is left', async () => {
    const model = await loadTiny();
    for await (const step of model.visualize(logit(1), { ...quick, steps: 1000 })) if (step.index === 3) break;
    expect(await handlesOf(model)).toEqual([1, 1]);
  });

  it('ends a loop that waits when it is stopped from elsewhere', async () => {
    const model = await loadTiny();
    const visualization = model.visualize(logit(1), { ...quick, steps: 100_000 });
    setTimeout(() => void visualization.stop(), 100);
    const steps = await collect(visualization);
    expect(steps.length).toBeLessThan(100_000);
    expect((await failureOf(visualization.frame())).code).toBe('disposed');
  });

  it("throws the signal's reason, and frees", async () => {
    const model = await loadTiny();
    const controller = new AbortController();
    const reason = new Error('enough');
    setTimeout(() => controller.abort(reason), 100);
    const run = collect(model.visualize(logit(1), { ...quick, steps: 100_000, signal: controller.signal }));
    expect(await failureOf(run)).toBe(reason);
    await expect.poll(() => handlesOf(model)).toEqual([1, 1]);
    expect(await failureOf(collect(model.visualize(logit(1), { ...quick, signal: controller.signal })))).toBe(reason);
  });

  it('is aborted in the middle of a step', async () => {
    const model = await loadTiny();
    const reason = new Error('enough');
    const controller = new AbortController();
    const options = { ...quick, cropSize: 512, crops: 256, signal: controller.signal };
    const visualization = model.visualize(logit(1), options);
    const first = firstOf(visualization);
    await visualization.cost(); // it has begun
    controller.abort(reason);
    expect(await failureOf(first)).toBe(reason);
    await model.activations({ data: new Float32Array(3), height: 1, width: 1 }, 'logits'); // the lead is free again
    await expect.poll(() => handlesOf(model)).toEqual([1, 1]);
  });
});

describe('frames', () => {
  it('can be had with and without transparency, while running and when finished', async () => {
    const model = await loadTiny();
    const visualization = model.visualize(logit(1), quick);
    for await (const { index, frame } of visualization) {
      if (index === 2) {
        expect(isOpaque(frame.data)).toBe(true);
        expect(isOpaque((await visualization.frame({ transparency: true })).data)).toBe(false);
        visualization.setFrameOptions({ transparency: true });
      }
      if (index > 5) expect(isOpaque(frame.data)).toBe(false);
    }
    const flat = await visualization.frame({ percentiles: [0, 1], transparency: false });
    const stretched = await visualization.frame({ transparency: false });
    expect(isOpaque(flat.data)).toBe(true);
    expect(bytesOf(flat.data).equals(bytesOf(stretched.data))).toBe(false);
    await visualization.stop();
    expect((await model.memory())[0]!.handles).toBe(1);
  });
});

describe('several visualizations of one model', () => {
  it('take turns and give what each gives alone', async () => {
    const model = await loadTiny();
    const options = [1, 2, 3].map((seed) => ({ ...quick, seed }));
    const scores = async (option: VisualizeOptions) =>
      (await collect(model.visualize(logit(1), option))).map(({ score }) => score);
    const alone = [];
    for (const option of options) alone.push(await scores(option));
    expect(await Promise.all(options.map(scores))).toEqual(alone);
  });

  it('survive that one of them is stopped', async () => {
    const model = await loadTiny();
    const whole = collect(model.visualize(logit(1), { ...quick, steps: 30 }));
    for await (const step of model.visualize(logit(2), quick)) if (step.index === 2) break;
    expect(await whole).toHaveLength(30);
  });
});

async function* take<T>(sequence: AsyncIterable<T>, count: number): AsyncGenerator<T> {
  const iterator = sequence[Symbol.asyncIterator]();
  for (let i = 0; i < count; i++) {
    const { value, done } = await iterator.next();
    if (done) return;
    yield value;
  }
}

function isOpaque(rgba: Uint8ClampedArray): boolean {
  for (let i = 3; i < rgba.length; i += 4) if (rgba[i] !== 255) return false;
  return true;
}
