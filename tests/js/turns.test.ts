import { describe, expect, it } from 'vitest';
import { collect, failureOf, firstOf, handlesOf, loadModel, loadTiny, logit, plain, quick, Turns, tinyFile } from './support.js';

describe('turns', () => {
  it('are one at a time, in the order in which they came, what is wanted first before others', async () => {
    const turns = new Turns();
    const order: string[] = [];
    let open = 0;
    const work = (name: string) => async () => {
      expect(++open).toBe(1);
      await new Promise((resolve) => setTimeout(resolve));
      open--;
      order.push(name);
    };
    await Promise.all([
      turns.take(work('a')),
      turns.take(work('b')),
      turns.take(work('c')),
      turns.take(work('d'), { first: true }),
    ]);
    expect(order).toEqual(['a', 'd', 'b', 'c']);
    await turns.take(work('e'));
    expect(order.at(-1)).toBe('e');
  });

  it('pass on when the work fails, and when who waits is no longer interested', async () => {
    const turns = new Turns();
    const leaving = new AbortController();
    const fails = turns.take(() => Promise.reject(new Error('mine')));
    const leaves = turns.take(() => 'left', { signal: leaving.signal });
    const last = turns.take(() => 'last');
    leaving.abort(new Error('enough'));
    expect((await failureOf(fails)).message).toBe('mine');
    expect((await failureOf(leaves)).message).toBe('enough');
    expect(await last).toBe('last');
    expect((await failureOf(turns.take(() => 1, { signal: leaving.signal }))).message).toBe('enough');
    expect(await failureOf(turns.take(() => 1, { signal: {} as AbortSignal }))).toMatchObject({ code: 'invalid-argument' });
    expect(await turns.take(() => 'free')).toBe('free');
  });

  it('let pictures of a page need the memory of one', async () => {
    const model = await loadTiny({ workers: 2 });
    const picture = (seed: number) => model.visualize(logit(1), { ...quick, seed });
    const turns = new Turns();
    const most: number[] = [];
    const pictures = Array.from({ length: 6 }, (_, seed) =>
      turns.take(async () => {
        const visualization = picture(seed);
        for await (const { index } of visualization) if (index === 3) most.push(...(await handlesOf(model)));
        await visualization.stop();
      }),
    );
    await Promise.all(pictures);
    expect(Math.max(...most)).toBe(2); // the model and one run
  });
});

describe('a visualization', () => {
  it('costs the workers nothing before its first step is asked for', async () => {
    const model = await loadTiny({ workers: 2 });
    const first = model.visualize(logit(1), quick);
    await collect(first);
    await first.stop();
    const before = await model.memory();
    const kept = Array.from({ length: 50 }, (_, seed) => model.visualize(logit(1), { ...quick, seed, size: 512 }));
    expect(await model.memory()).toEqual(before);
    await Promise.all(kept.map((visualization) => visualization.stop()));
    expect(await model.memory()).toEqual(before);
  });

  it('is read by one loop at a time: another is told, and does not end it', async () => {
    const model = await loadTiny();
    const visualization = model.visualize(logit(1), quick);
    const [steps, error] = await Promise.all([collect(visualization), failureOf(collect(visualization))]);
    expect(steps).toHaveLength(quick.steps);
    expect(error).toMatchObject({ name: 'PhaselensError', code: 'invalid-argument' });
    expect(error.message).toMatch(/Another loop waits for the next step/);
    const read = model.visualize(logit(1), quick);
    await firstOf(read);
    expect(await collect(read)).toHaveLength(quick.steps - 1);
  });

  it('whose model is disposed of in its own loop ends with that', async () => {
    const model = await loadTiny();
    const loop = async () => {
      for await (const { index } of model.visualize(logit(1), quick)) if (index === 1) await model.dispose();
    };
    expect(await failureOf(loop())).toMatchObject({ code: 'disposed' });
  });
});

describe('a model', () => {
  it('that is not wanted any more, said inside onProgress, is none', async () => {
    for (const last of [0, 1]) {
      const controller = new AbortController();
      const onProgress = ({ phase, loaded }: { phase: string; loaded: number }) => {
        if (phase === 'prepare' && loaded === last) controller.abort(new Error('enough'));
      };
      const loading = loadModel(tinyFile, { preprocessing: plain, signal: controller.signal, onProgress });
      expect((await failureOf(loading)).message).toBe('enough');
    }
  });

  it('can be disposed of inside the onProgress of another', async () => {
    const first = await loadTiny();
    const ends: Promise<void>[] = [];
    const second = await loadTiny({ onProgress: () => void ends.push(first.dispose()) });
    await Promise.all(ends);
    expect(await failureOf(first.memory())).toMatchObject({ code: 'disposed' });
    expect(await collect(second.visualize(logit(1), quick))).toHaveLength(quick.steps);
  });
});
