/** How long it may take, when frames come, what a step's time goes into, and what is made ready before. */
import { describe, expect, it } from 'vitest';
import { bytesOf, collect, failureOf, loadModel, loadTiny, logit, plain, quick, tinyFile } from './support.js';

describe('a time instead of steps', () => {
  it('is told in steps, with which the picture is made again', async () => {
    const model = await loadTiny();
    const { steps: _, ...options } = quick;
    const timed = model.visualize(logit(1), { ...options, seconds: 0.2, outputs: ['values'] });
    const steps = await collect(timed);
    expect(steps).toHaveLength(timed.steps);
    expect(timed.config.steps).toBe(timed.steps);
    const again = await collect(model.visualize(logit(1), { ...options, steps: timed.steps, outputs: ['values'] }));
    expect(bytesOf(again.at(-1)!.values!).equals(bytesOf(steps.at(-1)!.values!))).toBe(true);
  });

  it('is a sensible one, and not beside steps', async () => {
    const model = await loadTiny();
    expect(() => model.visualize(logit(1), { seconds: 0 })).toThrow(/seconds is a time above 0.*not 0/);
    expect(() => model.visualize(logit(1), { ...quick, seconds: 1 })).toThrow(/steps and seconds/);
  });
});

describe('frames', () => {
  it('are those of a step before until their time has come; the last step has its own', async () => {
    const model = await loadTiny();
    const each = await collect(model.visualize(logit(1), quick));
    const few = await collect(model.visualize(logit(1), { ...quick, frameInterval: 1e6 }));
    expect(new Set(few.map(({ frame }) => frame)).size).toBe(2);
    expect(few[5]!.frame).toBe(few[0]!.frame);
    expect(bytesOf(few.at(-1)!.frame.data).equals(bytesOf(each.at(-1)!.frame.data))).toBe(true);
    expect(() => model.visualize(logit(1), { frameInterval: -1 })).toThrow(/frameInterval/);
  });
});

describe('a timeline', () => {
  it('tells of every worker what it did in a step, where it is asked for', async () => {
    const model = await loadTiny();
    await model.memory(); // the helper is there
    const steps = await collect(model.visualize(logit(1), { ...quick, steps: 300, timeline: true }));
    const { timeline } = steps.at(-1)!;
    expect([...new Set(timeline!.map(({ worker }) => worker))]).toEqual([0, 1]);
    expect(timeline!.filter(({ worker }) => worker === 1).map(({ what }) => what)).toEqual(['crops']);
    expect(timeline!.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['image', 'send', 'crops', 'frame', 'wait', 'update']),
    );
    for (const { duration } of timeline!) expect(duration).toBeGreaterThanOrEqual(0);
    expect((await collect(model.visualize(logit(1), quick)))[0]!.timeline).toBeUndefined();
  });
});

describe('preparing', () => {
  it('packs the weights before the first step, once', async () => {
    const model = await loadTiny();
    const [before] = await model.memory();
    await model.prepare(logit(1), quick);
    const [prepared] = await model.memory();
    expect(prepared!.used).toBeGreaterThan(before!.used);
    await model.prepare(logit(1), quick);
    expect((await model.memory())[0]!.used).toBe(prepared!.used);
    expect(await failureOf(model.prepare(logit(5000), quick))).toMatchObject({ code: 'unknown-unit' });
  });
});

describe("a manifest's recipe", () => {
  const entry = { id: 'tiny', title: 'Tiny', url: 'none', fields: {} };
  const load = async (recipe: object) => {
    const url = `data:application/octet-stream;base64,${Buffer.from(tinyFile).toString('base64')}`;
    return loadModel({ ...entry, url, recipe }, { preprocessing: plain, workers: 1 });
  };

  it("is what 'default' does for the model, and no other preset", async () => {
    const model = await load({ cropSize: 24, learningRate: 0.25 });
    expect(model.recipe).toMatchObject({ cropSize: 24, learningRate: 0.25, crops: 4 });
    expect(model.visualize(logit(1)).config).toMatchObject({ cropSize: 24, learningRate: 0.25 });
    expect(model.visualize(logit(1), { learningRate: 1 }).config).toMatchObject({ cropSize: 24, learningRate: 1 });
    expect(model.visualize(logit(1), { preset: 'paper' }).config.cropSize).toBe(0);
    await model.dispose();
  });

  it('is checked', async () => {
    expect(await failureOf(load({ cropSize: 'large' }))).toMatchObject({ code: 'invalid-argument' });
    expect(await failureOf(load({ sizes: 3 }))).toMatchObject({ message: expect.stringMatching(/no option sizes/) });
  });
});
