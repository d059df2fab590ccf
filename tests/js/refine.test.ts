/** A picture that goes on at a larger size. */
import { describe, expect, it } from 'vitest';
import { bytesOf, collect, failureOf, firstOf, loadTiny, logit, quick, type Step } from './support.js';

/** Of a frame: the mean of red, green and blue over squares of a pixel of a picture half as large. */
function halved({ data, height, width }: Step['frame']): number[] {
  const values: number[] = [];
  for (let y = 0; y < height; y += 2)
    for (let x = 0; x < width; x += 2) {
      let sum = 0;
      for (const at of [0, 1, width, width + 1]) for (let k = 0; k < 3; k++) sum += data[4 * (y * width + x + at) + k]!;
      values.push(sum / 12);
    }
  return values;
}

const plainValues = ({ data }: Step['frame']): number[] =>
  Array.from({ length: data.length / 4 }, (_, i) => (data[4 * i]! + data[4 * i + 1]! + data[4 * i + 2]!) / 3);

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (list: readonly number[]) => list.reduce((sum, x) => sum + x, 0) / list.length;
  const product = (p: readonly number[], q: readonly number[]) => {
    const [mp, mq] = [mean(p), mean(q)];
    return p.reduce((sum, x, i) => sum + (x - mp) * (q[i]! - mq), 0);
  };
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}

describe('a refined picture', () => {
  it('is the picture that was there, larger, whether it has finished or not', async () => {
    const model = await loadTiny();
    const coarse = model.visualize(logit(1), quick);
    const last = (await collect(coarse)).at(-1)!;
    const fine = coarse.refine({ size: 128, steps: 3 });
    const steps = await collect(fine);
    expect(steps.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(steps[0]!.frame).toMatchObject({ height: 128, width: 128 });
    expect(correlation(halved(steps[0]!.frame), plainValues(last.frame))).toBeGreaterThan(0.8);

    const running = model.visualize(logit(1), quick);
    const first = await firstOf(running);
    const finer = await firstOf(running.refine({ size: 128, steps: 3 }));
    expect(correlation(halved(finer.frame), plainValues(first.frame))).toBeGreaterThan(0.5);
  });

  it('is 1.6 times as large by itself, has few steps, and is the same again', async () => {
    const model = await loadTiny();
    const draw = async () => {
      const coarse = model.visualize(logit(1), quick);
      await collect(coarse);
      const fine = coarse.refine();
      expect(fine.config).toMatchObject({ height: 102, width: 102, steps: 32, crops: 2, schedule: 'linear', seed: 7 });
      return bytesOf((await collect(fine)).at(-1)!.frame.data).toString('base64');
    };
    expect(await draw()).toBe(await draw());
  });

  it('goes on from a checkpoint with the same bits', async () => {
    const model = await loadTiny();
    const coarse = model.visualize(logit(1), quick);
    await collect(coarse);
    const options = { size: 96, steps: 6, outputs: ['values'] } as const;
    const whole = await collect(coarse.refine(options));
    const kept = coarse.refine(options);
    await firstOf(kept);
    kept.pause();
    const resumed = await collect(await model.resume(await kept.checkpoint(), { outputs: ['values'] }));
    expect(bytesOf(resumed.at(-1)!.values!).equals(bytesOf(whole.at(-1)!.values!))).toBe(true);
  });

  it('is the same where the picture before it goes on from a checkpoint', async () => {
    const model = await loadTiny();
    const finer = { size: 96, steps: 3, outputs: ['values'] } as const;
    const whole = model.visualize(logit(1), quick);
    await collect(whole);
    const kept = model.visualize(logit(1), quick);
    await firstOf(kept);
    kept.pause();
    const resumed = await model.resume(await kept.checkpoint());
    await collect(resumed);
    const [one, other] = await Promise.all([whole, resumed].map((coarse) => collect(coarse.refine(finer))));
    expect(bytesOf(other!.at(-1)!.values!).equals(bytesOf(one!.at(-1)!.values!))).toBe(true);
  });

  it('is refused before there is one, once it is stopped, where it is smaller, and with options that are not its own', async () => {
    const model = await loadTiny();
    const coarse = model.visualize(logit(1), quick);
    expect(() => coarse.refine()).toThrow(/has not begun/);
    await collect(coarse);
    expect(() => coarse.refine({ preset: 'paper' } as never)).toThrow(/no option preset/);
    expect(await failureOf(collect(coarse.refine({ size: 32 })))).toMatchObject({
      code: 'invalid-argument',
      message: expect.stringMatching(/64x64.*32x32/),
    });
    await coarse.stop();
    expect((await failureOf(collect(coarse.refine({ size: 128 })))).code).toBe('disposed');
  });
});
